import Cryptography
import Testing

@Suite struct TextFormsTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64URLAnswersTheVectorsOfRFC4648(text: String, encoded: String) {
        #expect(Base64URL.encode(Array(text.utf8)) == encoded)
        #expect(Base64URL.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: [
        "A", "AAAAA", "Zg==", "Zg=", "Zm8=", "Zh", "Zm9", "Zg\n", " Zg", "Z g", "+/+/", "Zg.", "Zgé", "Zm9v\u{0}",
    ])
    func whatIsNotCanonicalBase64URLIsRefused(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func everyTwoCharacterTextHasAtMostOneMeaning() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ")
        var accepted: [[UInt8]: Int] = [:]
        for first in alphabet {
            for second in alphabet {
                guard let bytes = Base64URL.decode(String([first, second])) else { continue }
                accepted[bytes, default: 0] += 1
            }
        }
        #expect(accepted.count == 256)
        #expect(accepted.values.allSatisfy { $0 == 1 })
    }

    @Test func base64URLComesBackAtEveryLength() {
        for count in 0..<100 {
            let bytes = SecureRandom.bytes(count)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(String(decoding: Base64URL.encodeASCII(bytes), as: UTF8.self) == Base64URL.encode(bytes))
        }
    }

    @Test(arguments: [(16, 22), (22, 30), (4, 6), (0, 0), (1, 2)])
    func base62HasAFixedWidthAndComesBack(count: Int, width: Int) {
        var samples = (0..<50).map { _ in SecureRandom.bytes(count) }
        samples.append([UInt8](repeating: 0, count: count))
        samples.append([UInt8](repeating: 255, count: count))
        for bytes in samples {
            let text = Base62.encode(bytes, width: width)
            #expect(text.utf8.count == width)
            #expect(Base62.decode(text, count: count) == bytes)
        }
    }

    @Test func base62IsABigEndianNumber() {
        #expect(Base62.encode([0, 0, 0, 61], width: 6) == "00000z")
        #expect(Base62.encode([0, 0, 0, 62], width: 6) == "000010")
        #expect(Base62.decode("4gfFC3", count: 4) == [255, 255, 255, 255])
    }

    @Test(arguments: ["4gfFC4", "zzzzzz", "00000-", "0000 0", "00000é"])
    func base62RefusesLargerNumbersAndOtherCharacters(text: String) {
        #expect(Base62.decode(text, count: 4) == nil)
    }

    @Test func crc32AnswersTheCheckValue() {
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum([]) == 0)
    }

    @Test func hexadecimalComesBackAndRefusesOthers() {
        #expect(Hexadecimal.encode([0, 0x0f, 0xf0, 0xff]) == "000ff0ff")
        #expect(Hexadecimal.decode("000FF0ff") == [0, 0x0f, 0xf0, 0xff])
        for text in ["0", "0g", "0x", " 00", "00 "] { #expect(Hexadecimal.decode(text) == nil) }
    }
}
