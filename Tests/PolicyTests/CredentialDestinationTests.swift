import Policy
import Testing

@Suite struct CredentialDestinationTests {
    private func admits(_ destination: String, _ url: String) throws -> Bool {
        let destinations = try CredentialDestinations.parse([destination]).get()
        guard case .success(let endpoint) = UpstreamEndpoint.parse(url) else { return false }
        return destinations.admits(endpoint)
    }

    @Test(arguments: [
        ("https://acme.openai.azure.com", "https://acme.openai.azure.com/openai"),
        ("https://acme.openai.azure.com/", "HTTPS://ACME.OpenAI.Azure.COM:443/openai/v1/"),
        ("HTTPS://Acme.Openai.Azure.Com:443", "https://acme.openai.azure.com"),
        ("https://h.example:8443", "https://h.example:8443/v1"), ("http://127.0.0.1:7402", "http://127.0.0.1:7402/v1"),
        ("https://h.example/openai", "https://h.example/openai"),
        ("https://h.example/openai/", "https://h.example/openai/v1"),
        ("https://*.openai.azure.com", "https://acme.openai.azure.com/openai"),
        ("https://*.openai.azure.com/openai", "https://b.openai.azure.com/openai"),
        ("https://xn--mnchen-3ya.example", "https://XN--MNCHEN-3ya.example"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443/v1"),
    ])
    func aCredentialGoesToItsDestination(_ destination: String, _ url: String) throws {
        #expect(try admits(destination, url))
    }

    @Test(arguments: [
        // Another host, however alike.
        ("https://api.openai.com", "https://api.openai.com.evil.example"),
        ("https://api.openai.com", "https://evil.example"),
        ("https://api.openai.com", "https://xapi.openai.com"), ("https://api.openai.com", "https://eu.api.openai.com"),
        ("https://api.openai.com", "https://api.openai.com."),
        ("https://api.openai.com", "https://api.openai.com@evil.example"),
        ("https://api.openai.com", "https://evil.example/api.openai.com"),
        ("https://api.openai.com", "https://api-openai.com"),
        ("https://api.openai.com", "https://evil.example#api.openai.com"),
        ("https://api.openai.com", "https://evil.example\\api.openai.com"),
        // A small letter of another alphabet, an ideographic full stop, a letter that folds to ASCII.
        ("https://api.openai.com", "https://\u{430}pi.openai.com"),
        ("https://api.openai.com", "https://api\u{3002}openai.com"),
        ("https://api.kilo.example", "https://api.\u{212A}ilo.example"),
        ("https://ss.example", "https://\u{df}.example"),
        // Another scheme or port.
        ("https://api.openai.com", "http://api.openai.com"), ("https://api.openai.com", "https://api.openai.com:8443"),
        ("https://api.openai.com", "http://api.openai.com:443"), ("https://h.example:8443", "https://h.example"),
        ("http://127.0.0.1:7402", "http://127.0.0.1:7403"), ("http://127.0.0.1:7402", "http://localhost:7402"),
        // The star is exactly one label.
        ("https://*.openai.azure.com", "https://openai.azure.com"),
        ("https://*.openai.azure.com", "https://a.b.openai.azure.com"),
        ("https://*.openai.azure.com", "https://.openai.azure.com"),
        ("https://*.openai.azure.com", "https://aopenai.azure.com"),
        ("https://*.openai.azure.com", "https://evil.example/.openai.azure.com"),
        ("https://*.openai.azure.com", "https://a.openai.azure.com.evil.example"),
        // Whole segments of the path, and no way back up.
        ("https://h.example/openai", "https://h.example"), ("https://h.example/openai", "https://h.example/openai2"),
        ("https://h.example/openai", "https://h.example/OpenAI"),
        ("https://h.example/openai", "https://h.example/x/openai"),
        ("https://h.example/openai", "https://h.example/openai/../evil"),
        ("https://h.example/openai", "https://h.example/openai/..;/evil"),
        ("https://h.example/openai", "https://h.example/openai/%2e%2e/evil"),
        ("https://h.example/openai", "https://h.example/openai;x/v1"),
        // The same address written otherwise is another place.
        ("https://[2001:db8::1]", "https://[2001:db8:0::1]"), ("https://127.0.0.1", "https://[::ffff:127.0.0.1]"),
    ])
    func aCredentialGoesNowhereElse(_ destination: String, _ url: String) throws {
        #expect(try !admits(destination, url))
    }

    @Test(arguments: [
        "", "*", "https://", "https://*", "https://*.", "https://*.com", "https://*.co.uk", "https://*.github.io",
        "https://*.azure.com", "http://*.openai.azure.com", "https://*.127.0.0.1", "https://*.1.2.3.4",
        "https://*.[::1]",
        "https://a.*.azure.com", "https://a*.openai.azure.com", "https://*.*.openai.azure.com",
        "https://*openai.azure.com",
        "https://h.example/*", "https://h.example/%61", "https://h.example?x=1", "https://h.example/#f",
        "https://user:pass@h.example", "https://h.example.", "https://*.openai.azure.com.", "https://h..example",
        "https://-h.example", "https://m\u{fc}nchen.example", "https://h.example\u{3002}com", "h.example",
        "//h.example",
        "ftp://h.example", "https://h.example:0", "https://h.example:+443", "https://h.example:99999",
        "https://h.example https://evil.example", "https://h.example\r\nx", "https://h_x.example",
    ])
    func whatIsNoDestinationIsRefusedWithWhatToWrite(_ text: String) {
        guard case .failure(let problem) = CredentialDestinations.parse([text]) else {
            Issue.record("\(text) was taken")
            return
        }
        #expect(problem.message.contains("https://HOST"))
    }

    @Test func aListHasOneSpellingAndOrder() throws {
        let list = try CredentialDestinations.parse([
            "https://B.example:443/", "https://*.openai.azure.com/OpenAI/", "https://b.example", "http://a.example:80",
        ]).get()
        #expect(list.texts == ["http://a.example", "https://*.openai.azure.com/OpenAI", "https://b.example"])
        #expect(try CredentialDestinations.parse(list.texts).get() == list)
        #expect(CredentialDestinations(stored: list.texts.reversed()) == list)
    }

    @Test func noListAndAnUnreadableOneAdmitNothing() throws {
        let endpoint = try UpstreamEndpoint.parse("https://h.example").get()
        for stored in [
            [], ["https://*.com"], ["https://h.example", "*"], [String](repeating: "https://h.example", count: 17),
        ] {
            #expect(CredentialDestinations(stored: stored) == .none)
            #expect(!CredentialDestinations(stored: stored).admits(endpoint))
        }
        let long = "https://h.example/" + String(repeating: "a", count: 512)
        #expect(throws: UpstreamEndpoint.Problem.self) { try CredentialDestinations.parse([long]).get() }
    }
}
