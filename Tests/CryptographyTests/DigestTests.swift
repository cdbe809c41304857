import Cryptography
import Testing

@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func sha256AnswersTheVectorsOfTheStandard(text: String, expected: String) throws {
        let bytes = Array(text.utf8)
        #expect(SHA256Hash.digest(bytes).hex == expected)
        #expect(SHA256Hash.digest(bytes).bytes == (try hex(expected)))
        #expect(Digest(bytes: try hex(expected)) == SHA256Hash.digest(bytes))
    }

    @Test func piecesGiveTheDigestOfTheWholeAtEverySplit() {
        let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0) }
        let whole = SHA256Hash.digest(bytes)
        for split in 0...bytes.count {
            var hash = SHA256Hash.Incremental()
            hash.update(Array(bytes[..<split]))
            hash.update(Array(bytes[split...]))
            #expect(hash.finish() == whole)
        }
    }

    @Test(arguments: [0, 1, 31, 33, 64])
    func aDigestHasExactly32Bytes(count: Int) {
        #expect(Digest(bytes: [UInt8](repeating: 7, count: count)) == nil)
    }

    @Test func digestsAreKeysOfSets() {
        let digests = Set((0..<100).map { SHA256Hash.digest([$0]) })
        #expect(digests.count == 100)
        #expect(digests.contains(SHA256Hash.digest([42])))
        #expect(!digests.contains(SHA256Hash.digest([142])))
    }
}
