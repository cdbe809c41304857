import Cryptography
import Testing

@Suite struct AESGCMTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let number: Int
        let key: String
        let nonce: String
        let plaintext: String
        var data = ""
        let ciphertext: String
        let tag: String
        var testDescription: String { "GCM specification, case \(number)" }
    }

    private static let zeroKey = String(repeating: "00", count: 32)
    private static let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
    private static let plaintext = """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
        """
    private static let ciphertext = """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
        8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
        """

    static let vectors: [Vector] = [
        Vector(
            number: 13,
            key: zeroKey,
            nonce: String(repeating: "00", count: 12),
            plaintext: "",
            ciphertext: "",
            tag: "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        Vector(
            number: 14,
            key: zeroKey,
            nonce: String(repeating: "00", count: 12),
            plaintext: String(repeating: "00", count: 16),
            ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
            tag: "d0d1c8a799996bf0265b98b5d48ab919"
        ),
        Vector(
            number: 15,
            key: key,
            nonce: "cafebabefacedbaddecaf888",
            plaintext: plaintext + "1aafd255",
            ciphertext: ciphertext + "898015ad",
            tag: "b094dac5d93471bdec1a502270e3cc6c"
        ),
        Vector(
            number: 16,
            key: key,
            nonce: "cafebabefacedbaddecaf888",
            plaintext: plaintext,
            data: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            ciphertext: ciphertext,
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ]

    @Test(arguments: vectors)
    func sealingAnswersTheVectors(vector: Vector) throws {
        let arena = try arena()
        let key = try arena.store(hex(vector.key))
        let nonce = try hex(vector.nonce)
        let data = try hex(vector.data)
        let sealed = try AESGCM.seal(hex(vector.plaintext), key: key, nonce: nonce, authenticating: data)
        #expect(sealed == (try hex(vector.ciphertext + vector.tag)))
        let opened = try AESGCM.open(sealed, key: key, nonce: nonce, authenticating: data, in: arena)
        #expect(opened.hexForTests == vector.plaintext)
    }

    @Test func nothingAlteredOpens() throws {
        let arena = try arena()
        let key = try SecureRandom.secret(32, in: arena)
        let nonce = SecureRandom.bytes(12)
        let data = Array("place".utf8)
        let sealed = try AESGCM.seal(
            Array("a secret of some length".utf8),
            key: key,
            nonce: nonce,
            authenticating: data
        )
        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 1
            #expect(throws: CryptographyError.notAuthentic) {
                try AESGCM.open(altered, key: key, nonce: nonce, authenticating: data, in: arena)
            }
        }
        for count in 16..<sealed.count {
            #expect(throws: CryptographyError.notAuthentic) {
                try AESGCM.open(Array(sealed[..<count]), key: key, nonce: nonce, authenticating: data, in: arena)
            }
        }
        for count in 0..<16 {
            #expect(throws: CryptographyError.wrongSize(what: "sealed bytes", count: count)) {
                try AESGCM.open(Array(sealed[..<count]), key: key, nonce: nonce, authenticating: data, in: arena)
            }
        }
        let otherKey = try SecureRandom.secret(32, in: arena)
        #expect(throws: CryptographyError.notAuthentic) {
            try AESGCM.open(sealed, key: otherKey, nonce: nonce, authenticating: data, in: arena)
        }
        #expect(throws: CryptographyError.notAuthentic) {
            try AESGCM.open(sealed, key: key, nonce: nonce.reversed(), authenticating: data, in: arena)
        }
        #expect(throws: CryptographyError.notAuthentic) {
            try AESGCM.open(sealed, key: key, nonce: nonce, authenticating: [], in: arena)
        }
    }

    @Test func keysAndNoncesHaveOneSize() throws {
        let arena = try arena()
        let key = try SecureRandom.secret(32, in: arena)
        let short = try SecureRandom.secret(16, in: arena)
        #expect(throws: CryptographyError.wrongSize(what: "AES key", count: 16)) {
            try sealNothing(key: short, nonce: SecureRandom.bytes(12))
        }
        #expect(throws: CryptographyError.wrongSize(what: "AES-GCM nonce", count: 16)) {
            try sealNothing(key: key, nonce: SecureRandom.bytes(16))
        }
    }

    private func sealNothing(key: Secret, nonce: [UInt8]) throws -> [UInt8] {
        let nothing: [UInt8] = []
        return try AESGCM.seal(nothing, key: key, nonce: nonce, authenticating: [])
    }
}
