import Cryptography
import Testing

@Suite struct HMACTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let number: Int
        let key: [UInt8]
        let data: [UInt8]
        let code: String
        var testDescription: String { "RFC 4231 case \(number)" }
    }

    static let vectors: [Vector] = [
        Vector(
            number: 1,
            key: [UInt8](repeating: 0x0b, count: 20),
            data: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        Vector(
            number: 2,
            key: Array("Jefe".utf8),
            data: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        Vector(
            number: 3,
            key: [UInt8](repeating: 0xaa, count: 20),
            data: [UInt8](repeating: 0xdd, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        Vector(
            number: 4,
            key: Array(1...25),
            data: [UInt8](repeating: 0xcd, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        Vector(
            number: 6,
            key: [UInt8](repeating: 0xaa, count: 131),
            data: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        Vector(
            number: 7,
            key: [UInt8](repeating: 0xaa, count: 131),
            data: Array(
                """
                This is a test using a larger than block-size key and a larger than block-size data. \
                The key needs to be hashed before being used by the HMAC algorithm.
                """.utf8
            ),
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test(arguments: vectors)
    func codesAnswerTheVectors(vector: Vector) throws {
        let key = try arena().store(vector.key)
        let code = HMACSHA256.code(vector.data, key: key)
        #expect(code.hex == vector.code)
        #expect(HMACSHA256.isValid(code, for: vector.data, key: key))
    }

    @Test func aCodeIsOfOneKeyAndOneText() throws {
        let arena = try arena()
        let key = try arena.store(Array("key".utf8))
        let code = HMACSHA256.code(Array("text".utf8), key: key)
        #expect(!HMACSHA256.isValid(code, for: Array("texT".utf8), key: key))
        #expect(!HMACSHA256.isValid(code, for: Array("text".utf8), key: try arena.store(Array("kez".utf8))))
        // The code of the standard for an empty text under an empty key.
        let empty = HMACSHA256.code([UInt8](), key: try arena.store([UInt8]()))
        #expect(empty.hex == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func manyThreadsShareTheAlgorithm() async throws {
        let key = try arena().store(Self.vectors[0].key)
        let codes = await withTaskGroup(of: Set<Digest>.self) { group in
            for _ in 0..<8 {
                group.addTask { Set((0..<500).map { _ in HMACSHA256.code(Self.vectors[0].data, key: key) }) }
            }
            return await group.reduce(into: Set<Digest>()) { $0.formUnion($1) }
        }
        #expect(codes.map(\.hex) == [Self.vectors[0].code])
    }
}
