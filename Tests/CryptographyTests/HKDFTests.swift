import Cryptography
import Testing

@Suite struct HKDFTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let number: Int
        let input: [UInt8]
        let salt: [UInt8]
        let info: [UInt8]
        let output: String
        var testDescription: String { "RFC 5869 case \(number)" }
    }

    static let vectors: [Vector] = [
        Vector(
            number: 1,
            input: [UInt8](repeating: 0x0b, count: 22),
            salt: Array(0...0x0c),
            info: Array(0xf0...0xf9),
            output: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        ),
        Vector(
            number: 2,
            input: Array(0...0x4f),
            salt: Array(0x60...0xaf),
            info: Array(0xb0...0xff),
            output: """
                b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
                da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87
                """
        ),
        Vector(
            number: 3,
            input: [UInt8](repeating: 0x0b, count: 22),
            salt: [],
            info: [],
            output: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        ),
    ]

    @Test(arguments: vectors)
    func derivedKeysAnswerTheVectors(vector: Vector) throws {
        let arena = try arena()
        let key = try HKDFSHA256.derive(
            from: arena.store(vector.input),
            salt: vector.salt,
            info: vector.info,
            count: vector.output.utf8.count / 2,
            in: arena
        )
        #expect(key.hexForTests == vector.output)
    }

    @Test(arguments: [0, -1, 255 * 32 + 1])
    func anImpossibleCountIsRefused(count: Int) throws {
        let arena = try arena()
        let input = try arena.store([1])
        #expect(throws: CryptographyError.wrongSize(what: "HKDF output", count: count)) {
            try HKDFSHA256.derive(from: input, info: [], count: count, in: arena)
        }
        #expect(throws: CryptographyError.wrongSize(what: "HKDF input", count: 0)) {
            try HKDFSHA256.derive(from: arena.store([UInt8]()), info: [], in: arena)
        }
    }

    @Test func aPurposeHasItsOwnKey() throws {
        let arena = try arena()
        let root = try SecureRandom.secret(32, in: arena)
        let first = try HKDFSHA256.derive(from: root, info: [1], in: arena)
        let again = try HKDFSHA256.derive(from: root, info: [1], in: arena)
        let second = try HKDFSHA256.derive(from: root, info: [2], in: arena)
        #expect(first.isEqual(to: again))
        #expect(!first.isEqual(to: second))
        #expect(!first.isEqual(to: root))
    }
}
