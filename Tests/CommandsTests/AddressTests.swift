import ControlClient
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("https://Keyreeve.Example.com/", "https://keyreeve.example.com", "https_keyreeve.example.com_443"),
        ("https://keyreeve.example.com:443", "https://keyreeve.example.com", "https_keyreeve.example.com_443"),
        ("http://127.0.0.1:7400", "http://127.0.0.1:7400", "http_127.0.0.1_7400"),
        ("http://[::1]:7400", "http://[::1]:7400", "http_..1_7400"),
        ("http://localhost", "http://localhost", "http_localhost_80"),
    ])
    func anAddressHasOneForm(text: String, form: String, folder: String) throws {
        let address = try ServerAddress(text)
        #expect(address.description == form)
        #expect(address.folderName == folder)
    }

    @Test(arguments: [
        "", "keyreeve.example.com", "ftp://x", "https://", "https://a/b", "https://a?b", "https://user@a",
        "https://a:0", "https://a:65536", "https://a:x", "https://[::1", "https://a b",
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(throws: ServerAddress.Problem.self) { try ServerAddress(text) }
    }

    @Test(arguments: ["http://keyreeve.example.com", "http://127.0.0.1.example.com", "http://10.0.0.1:7400"])
    func plainHTTPIsForThisMachineAlone(text: String) throws {
        #expect(throws: ServerAddress.Problem.self) { try ServerAddress(text) }
    }

    @Test(arguments: [
        ("https://issuer.example/a?b", true), ("http://127.0.0.1:7403/authorize", true),
        ("http://issuer.example", false), ("javascript:alert(1)", false), ("https://a\n", false),
    ])
    func issuersAreSpokenToSafelyOrNot(url: String, isAcceptable: Bool) {
        #expect(ServerAddress.isAcceptable(url: url) == isAcceptable)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Int64(784_111_777)), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_200),
    ])
    func theServersClockIsRead(text: String, seconds: Int64) {
        #expect(HTTPDate.seconds(in: text) == seconds)
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT",
    ])
    func otherDatesAreNoDates(text: String) {
        #expect(HTTPDate.seconds(in: text) == nil)
    }

    @Test func textFromElsewhereCannotSteerATerminal() {
        #expect(Printable.line("a\u{1b}[31mb\nc\u{202e}d") == "a [31mb c d")
        #expect(Printable.line(String(repeating: "x", count: 900)).count == 300)
    }

    @Test(arguments: [("a%20b+c", "a b c"), ("%e4", nil), ("%4", nil), ("100%", nil), ("", "")])
    func percentEncodingIsUndoneOrRefused(text: String, decoded: String?) {
        #expect(PercentEncoding.decode(text) == decoded)
    }
}
