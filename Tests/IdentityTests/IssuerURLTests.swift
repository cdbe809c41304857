import Identity
import Testing

@Suite struct IssuerURLTests {
    @Test(arguments: [
        "https://login.example.com", "https://login.example.com/", "https://login.example.com:8443/realms/a?b=c",
        "https://[2001:db8::1]/x",
    ])
    func addressesOverTLSAreTaken(text: String) {
        #expect(IssuerURL(text, allowingLoopback: false)?.text == text)
    }

    @Test(arguments: ["http://127.0.0.1:7403", "http://localhost/x", "http://[::1]:80/"])
    func loopbackInClearIsForDevelopmentOnly(text: String) {
        #expect(IssuerURL(text, allowingLoopback: false) == nil)
        #expect(IssuerURL(text, allowingLoopback: true) != nil)
    }

    @Test(arguments: [
        "", "login.example.com", "ftp://x", "HTTPS://x.example", "https://", "https:///x", "https://a@b.example",
        "https://127.0.0.1@evil.example", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example",
        "https://x.example#f", "https://x.example/a b", "https://x.example:0", "https://x.example:99999",
        "https://x.example:", "https://x.ex\r\nample", "https://[::1", "http://10.0.0.1", "https://exämple.com",
    ])
    func nothingElseIs(text: String) {
        #expect(IssuerURL(text, allowingLoopback: true) == nil)
    }
}
