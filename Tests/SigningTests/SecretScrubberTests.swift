import Cryptography
import Foundation
import Testing

@testable import Signing

@Suite struct SecretScrubberTests {
    private static let secret = "sk-pr/oj+8_9\"Zq%41\\~"

    private static func scrub(_ text: String, of secret: String = secret) -> (text: String, count: Int) {
        var bytes = Array(text.utf8)
        let count = Array(secret.utf8).withRawSpan { SecretScrubber.scrub(&bytes, of: $0) }
        return (String(decoding: bytes, as: UTF8.self), count)
    }

    @Test(arguments: [
        ("bad key sk-123456789, really sk-123456789", 2, "bad key ************, really ************"),
        ("sk-12345678sk-123456789", 1, "sk-12345678************"),
        ("sk-sk-123456789", 1, "sk-************"),
        ("nothing", 0, "nothing"),
        ("", 0, ""),
    ])
    func aQuotedSecretIsScrubbed(text: String, count: Int, result: String) {
        let scrubbed = Self.scrub(text, of: "sk-123456789")
        #expect(scrubbed.count == count)
        #expect(scrubbed.text == result)
    }

    @Test func aSecretTooShortToBeToldFromTextIsLeft() {
        #expect(Self.scrub("a 1234567 b", of: "1234567") == ("a 1234567 b", 0))
        #expect(Self.scrub("a 12345678 b", of: "12345678") == ("a ******** b", 1))
    }

    // MARK: Escapes

    private static func percent(_ text: String) -> String { text.utf8.map { "%" + hex($0) }.joined() }
    private static func unicode(_ text: String) -> String { text.utf8.map { "\\u00" + hex($0) }.joined() }
    private static func json(_ text: String) -> String {
        text.map { ["\"", "\\", "/"].contains($0) ? "\\\($0)" : String($0) }.joined()
    }
    private static func hex(_ byte: UInt8) -> String { Hexadecimal.encode([byte]).uppercased() }

    static let escaped: [String] = [
        secret, json(secret), unicode(secret), unicode(secret).lowercased(), percent(secret),
        percent(secret).lowercased(),
        // In each other, and twice.
        json(json(secret)), json(unicode(secret)), unicode(json(secret)), percent(percent(secret)),
        percent(json(secret)),
        json(percent(secret)), unicode(percent(secret)), unicode(unicode(secret)),
        // As URLs are written: only what must be.
        secret.replacing("%", with: "%25").replacing("/", with: "%2F").replacing("\"", with: "%22"),
    ]

    @Test(arguments: escaped)
    func aSecretIsFoundBehindItsEscapes(_ form: String) {
        let places = [("", ""), ("{\"error\":\"bad key: ", " \\u00e9 \\\"\"}"), ("key=", "&x=%20"), ("\\\"", "%")]
        for (before, after) in places {
            let scrubbed = Self.scrub(before + form + after)
            #expect(scrubbed.count == 1, "\(form)")
            #expect(scrubbed.text == before + String(repeating: "*", count: form.utf8.count) + after, "\(form)")
        }
    }

    /// A backslash in front makes another escape of the first one; the secret goes all the same.
    @Test(arguments: [secret, json(secret), unicode(secret), percent(secret)])
    func aBackslashInFrontHidesNothing(_ form: String) {
        let scrubbed = Self.scrub("\\" + form)
        #expect(scrubbed.count == 1)
        #expect(scrubbed.text.utf8.filter { $0 != UInt8(ascii: "*") }.count <= 1, "\(form)")
    }

    @Test func anyMixOfEscapesIsFound() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let form = Self.secret.map { character -> String in
                let text = String(character)
                let plain = text == "\"" || text == "\\" ? "\\" + text : text
                return Bool.random(using: &random) ? Self.unicode(text) : text == "/" && Bool.random() ? "\\/" : plain
            }.joined()
            let scrubbed = Self.scrub("{\"message\":\"\(form)\"}")
            #expect(
                scrubbed.text == "{\"message\":\"" + String(repeating: "*", count: form.utf8.count) + "\"}",
                "\(form)"
            )
        }
    }

    @Test(arguments: [
        "\\u00", "\\u", "\\", "%", "%4", "\\u00zz", "%zz", "\\x41", "\\ud83d\\ude00", "%e2%82%ac", "\\\\\\\\\\\\",
        "%25%25%25",
    ])
    func brokenAndOtherEscapesAreLeft(_ text: String) {
        let long = String(repeating: text, count: 20)
        #expect(Self.scrub(long) == (long, 0))
        #expect(Self.scrub(Self.secret + text).text.hasSuffix("*" + text))
    }

    // MARK: base64 and hexadecimal

    @Test(arguments: 0...5, 0...4)
    func aSecretWithinBase64IsFoundAtEveryAlignment(before: Int, after: Int) throws {
        for secret in [Self.secret, "12345678", "abc?>~~~~~>??", String(repeating: "\u{7e}?", count: 30)] {
            let whole = Data(
                (String(repeating: "p", count: before) + secret + String(repeating: "q", count: after)).utf8
            )
            let standard = whole.base64EncodedString()
            let forURLs = standard.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            for form in [standard, forURLs, standard.replacing("/", with: "\\/"), Self.percent(standard)] {
                let text = "{\"echo\":\"Basic \(form)\"}"
                let scrubbed = Self.scrub(text, of: secret)
                #expect(scrubbed.count == 1, "\(form)")
                #expect(scrubbed.text.utf8.count == text.utf8.count)
                #expect(scrubbed.text.hasPrefix("{\"echo\":\"Basic ") && scrubbed.text.hasSuffix("\"}"))
            }
            // Not one bit of the secret is left: what is still there decodes to what stood around it.
            let left = Self.scrub(standard, of: secret).text.replacing("*", with: "A")
            let decoded = try #require(Data(base64Encoded: left))
            for byte in decoded.dropFirst(before).prefix(secret.utf8.count) { #expect(byte == 0) }
        }
    }

    @Test func aSecretInHexadecimalIsFound() {
        let hex = Hexadecimal.encode(Self.secret.utf8)
        for form in [hex, hex.uppercased(), "0x" + hex] {
            let scrubbed = Self.scrub("<\(form)>")
            #expect(scrubbed.count == 1)
            #expect(scrubbed.text.filter { $0 == "*" }.count == hex.utf8.count)
        }
    }

    // MARK: What must not happen

    @Test func lineEndsAreKept() {
        let secret = "aaaaaaaaaaaa"
        let head = "x-a: \(secret)\r\nx-b: b\r\n"
        #expect(Self.scrub(head, of: secret).text == "x-a: ************\r\nx-b: b\r\n")
    }

    /// Texts made to be slow: escapes everywhere, and a secret whose beginning is everywhere.
    @Test(arguments: ["a", "\\u0061", "%61", "\\\\", "%25", "YWFh", "61"])
    func timeGrowsWithTheTextOnly(piece: String) {
        let secret = String(repeating: "a", count: 4_095) + "z"
        let text = String(repeating: piece, count: (64 << 10) / piece.utf8.count)
        let clock = ContinuousClock()
        let time = clock.measure { #expect(Self.scrub(text, of: secret).count == 0) }
        // Trying each place in turn would be a thousand million steps.
        #expect(time < .seconds(10))
    }
}
