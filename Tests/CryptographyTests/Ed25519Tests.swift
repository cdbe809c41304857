import Cryptography
import Testing

@Suite struct Ed25519Tests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let number: Int
        let seed: String
        let publicKey: String
        let message: String
        let signature: String
        var testDescription: String { "RFC 8032 test \(number)" }
    }

    static let vectors: [Vector] = [
        Vector(
            number: 1,
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: """
                e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
                5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
                """
        ),
        Vector(
            number: 2,
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: """
                92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
                """
        ),
        Vector(
            number: 3,
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: """
                6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
                18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
                """
        ),
    ]

    @Test(arguments: vectors)
    func signaturesAnswerTheVectors(vector: Vector) throws {
        let key = try Ed25519SigningKey(seed: arena().store(hex(vector.seed)))
        let message = try hex(vector.message)
        #expect(Hexadecimal.encode(key.publicKey.rawRepresentation) == vector.publicKey)
        #expect(Hexadecimal.encode(try key.signature(for: message)) == vector.signature)
        let publicKey = try #require(Ed25519PublicKey(rawRepresentation: hex(vector.publicKey)))
        #expect(publicKey == key.publicKey)
        #expect(publicKey.isValidSignature(try hex(vector.signature), for: message))
    }

    @Test func anAlteredSignatureOrMessageIsNotValid() throws {
        let arena = try arena()
        let key = try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        let other = try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        let message = Array("what was signed".utf8)
        let signature = try key.signature(for: message)
        #expect(key.publicKey.isValidSignature(signature, for: message))
        #expect(!other.publicKey.isValidSignature(signature, for: message))
        #expect(!key.publicKey.isValidSignature(signature, for: message + [0]))
        for index in signature.indices {
            var altered = signature
            altered[index] ^= 0x10
            #expect(!key.publicKey.isValidSignature(altered, for: message))
            #expect(!key.publicKey.isValidSignature(Array(signature[..<index]), for: message))
        }
        #expect(!key.publicKey.isValidSignature(signature + [0], for: message))
    }

    @Test func keysOfOtherSizesAreRefused() throws {
        let arena = try arena()
        for count in [1, 31, 33, 64] {
            let seed = try SecureRandom.secret(count, in: arena)
            #expect(throws: CryptographyError.wrongSize(what: "Ed25519 seed", count: count)) {
                try Ed25519SigningKey(seed: seed)
            }
            #expect(Ed25519PublicKey(rawRepresentation: SecureRandom.bytes(count)) == nil)
        }
        // Whatever 32 bytes are, they verify nothing and trap nothing.
        for byte in [0, 1, 0x7f, 0xff] as [UInt8] {
            let key = try #require(Ed25519PublicKey(rawRepresentation: [UInt8](repeating: byte, count: 32)))
            #expect(!key.isValidSignature(SecureRandom.bytes(64), for: [1]))
        }
    }

    @Test func aFingerprintIsTheDigestOfTheRawKey() throws {
        let key = try #require(Ed25519PublicKey(rawRepresentation: hex(Self.vectors[0].publicKey)))
        let fingerprint = key.fingerprint
        #expect(fingerprint.hasPrefix("SHA256:"))
        let digest = try #require(Base64URL.decode(fingerprint.dropFirst(7)))
        #expect(Digest(bytes: digest) == SHA256Hash.digest(key.rawRepresentation))
    }

    @Test func manyThreadsSignWithOneKey() async throws {
        let arena = try arena()
        let key = try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<8 as Range<UInt8> {
                group.addTask {
                    try (0..<50 as Range<UInt8>).allSatisfy {
                        try key.publicKey.isValidSignature(key.signature(for: [task, $0]), for: [task, $0])
                    }
                }
            }
            for try await isValid in group { #expect(isValid) }
        }
    }
}
