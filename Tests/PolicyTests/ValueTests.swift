import Policy
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("gpt-5.4", "gpt-5.4", true), ("gpt-5.4", "gpt-5.4-mini", false), ("gpt-5*", "gpt-5.4-mini", true),
        ("*", "", true), ("*", "anything", true), ("*mini", "gpt-mini", true), ("*mini", "gpt-minis", false),
        ("g*t*5", "gpt-4-gpt-5", true), ("gpt-?", "gpt-5", false), ("GPT-5", "gpt-5", false), ("", "", true),
        ("a*b*c", "a-x-b-y", false), ("**", "x", true),
    ])
    func patternsMatchWholeNames(_ pattern: String, _ model: String, _ matches: Bool) {
        #expect(ModelPattern(pattern).matches(model) == matches)
    }

    @Test func anHostilePatternDoesNotTakeForever() {
        let pattern = ModelPattern(String(repeating: "*a", count: 200) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
    }

    @Test func noListAllowsEverythingAndAnEmptyOneNothing() {
        #expect(ModelAllowList().allows("any"))
        #expect(!ModelAllowList(lists: [[]]).allows("any"))
    }

    @Test(arguments: [
        ("https://api.example/v1/", "https://api.example/v1"), ("HTTPS://API.Example:443", "https://api.example"),
        ("http://127.0.0.1:7402/v1", "http://127.0.0.1:7402/v1"),
        ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
    ])
    func endpointsHaveOneSpelling(_ text: String, _ url: String) throws {
        #expect(try UpstreamEndpoint.parse(text).get().url == url)
    }

    @Test(arguments: [
        "", "api.example/v1", "ftp://x/", "https://", "https://user:secret@host/", "https://host/v1?x=1",
        "https://host/v1#f", "https://host/a/../b", "https://host//v1", "https://host/%2e%2e", "https://ho st/",
        "https://host:0/", "https://host:70000/", "https://host:/", "https://[::1/", "https://[zz]/", "https://h\\x/",
        "https://hést/", "https://[1:2:3:4:5:6:7:8:9]/",
        "https://host./", "https://a..b/", "https://-a/", "https://a-/", "https://host:+1/", "https://host/a/..;x/b",
        "https://host./v1",
        "https://-a.example/", "https://a-.example/", "https://host%2e.example/", "https://h_st/",
        "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://127.1/", "https://0x7f.0.0.1/",
        "https://2130706433/", "https://017700000001/", "https://0x7F000001/", "https://1.2.3.256/",
        "https://010.0.0.1/", "https://[::1.2.3]/", "https://[1.2.3.4]/", "https://[::1",
        "https://b\u{fc}cher.example/",
        "https://\u{ff11}.1.1.1/", "https://127\u{3002}0.0.1/",
    ])
    func endpointsThatCouldBeReadInTwoWaysAreRefused(_ text: String) {
        guard case .failure(let problem) = UpstreamEndpoint.parse(text) else {
            Issue.record("\(text) was taken")
            return
        }
        #expect(!problem.message.isEmpty)
    }

    @Test func aQueryInTheBaseURLSaysWhatToWrite() {
        guard case .failure(let problem) = UpstreamEndpoint.parse("https://h/v1?api-version=1&b=2") else {
            Issue.record("taken")
            return
        }
        #expect(problem.fix == #"query_params = { api-version = "1", b = "2" }"#)
    }

    @Test func templatesFillTheirPlaceholders() throws {
        let template = try HeaderTemplate.parse("a/{organization}/{request_id}!").get()
        #expect(template.value { "<\($0.rawValue)>" } == "a/<organization>/<request_id>!")
        #expect(template.placeholders == [.organization, .requestID])
        let isPersonal = template.placeholders.contains { $0.isPersonal }
        #expect(!isPersonal)
    }

    @Test(arguments: ["", "{", "}", "{mail}", "{request_id", "a\r\nb", "é", "{{user}}", "{}"])
    func templatesThatCannotBeFilledAreRefused(_ source: String) {
        guard case .failure = HeaderTemplate.parse(source) else {
            Issue.record("\(source) was taken")
            return
        }
    }

    @Test func requestTargetsEscapeTheirQuery() throws {
        let provider = ProviderDefinition(
            id: PolicyFixtures.echo,
            name: "x",
            endpoint: try PolicyFixtures.endpoint("https://h/openai"),
            queryParams: [NamedValue("api-version", "2025-04-01"), NamedValue("q", "a&b=c d")],
            broker: BrokerSettings(access: .relay)
        )
        #expect(provider.requestTarget(for: .responses) == "/openai/responses?api-version=2025-04-01&q=a%26b%3Dc%20d")
        #expect(try PolicyFixtures.provider().requestTarget(for: .models) == "/v1/models")
    }

    @Test(arguments: [
        ("https://api.openai.com/v1", true), ("https://eu.api.openai.com/v1", true), ("http://api.openai.com", false),
        ("https://api.openai.com.evil.example", false), ("https://notapi.openai.com", false),
    ])
    func onlyOpenAIsOwnHostsGetClientMetadataByDefault(_ url: String, _ forwards: Bool) throws {
        #expect(try PolicyFixtures.provider(url: url).forwardsClientMetadata == forwards)
    }

    @Test func aProvidersDigestFollowsWhereAndHowItIsReached() throws {
        let first = try PolicyFixtures.provider()
        #expect(try PolicyFixtures.provider().digest == first.digest)
        #expect(try PolicyFixtures.provider(url: "https://other.example/v1").digest != first.digest)
        #expect(try PolicyFixtures.provider(wireAPI: .chat).digest != first.digest)
    }
}
