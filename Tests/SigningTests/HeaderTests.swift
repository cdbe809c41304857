import Testing

@testable import Signing

@Suite struct HeaderTests {
    @Test(arguments: [
        ("accept", RequestFieldRule.forward), ("content-type", .forward), ("openai-beta", .forward),
        ("authorization", .credential), ("x-api-key", .credential), ("api-key", .credential), ("cookie", .credential),
        ("x-keyreeve-token", .credential), ("x-amz-security-token", .credential), ("x-goog-api-key", .credential),
        ("proxy-authorization", .credential), ("chatgpt-account-id", .credential),
        ("user-agent", .metadata), ("originator", .metadata), ("x-codex-turn-metadata", .metadata),
        ("session-id", .metadata), ("host", .drop), ("connection", .drop), ("content-length", .drop),
        ("transfer-encoding", .drop), ("x-forwarded-for", .drop), ("accept-encoding", .drop), ("x-anything", .drop),
        ("openai-organization", .drop), ("", .drop), ("acceptx", .drop), ("accep", .drop), ("forwarded", .drop),
        ("x-real-ip", .drop), ("x-forwarded-user", .drop), ("x-keyreeve-request-id", .drop),
        ("x-amz-date", .credential),
        ("x-goog-iap-jwt-assertion", .credential), ("proxy-connection", .credential), ("http2-settings", .drop),
        ("x-original-url", .drop), ("x-http-method-override", .drop), ("content-encoding", .drop), ("te", .drop),
        ("x-codex", .drop), ("x_codex-a", .drop), ("thread-id", .metadata), ("x-codex-", .metadata),
    ])
    func aRequestHeaderIsForwardedOnlyWhenItIsListed(name: String, rule: RequestFieldRule) {
        #expect(RequestHeaders.rule(for: Array(name.utf8).span) == rule)
    }

    @Test(arguments: [
        ("content-type", ResponseFieldRule.forward), ("retry-after", .forward), ("x-ratelimit-limit-tokens", .forward),
        ("x-codex-turn-state", .forward), ("x-request-id", .requestID), ("set-cookie", .drop), ("server", .drop),
        ("location", .drop), ("via", .drop), ("alt-svc", .drop), ("access-control-allow-origin", .drop),
        ("connection", .drop), ("keyreeve-error", .drop), ("x-keyreeve-x", .drop), ("content-length", .drop),
        ("transfer-encoding", .drop), ("trailer", .drop), ("www-authenticate", .drop), ("set-cookie2", .drop),
        ("strict-transport-security", .drop), ("refresh", .drop), ("link", .drop), ("content-location", .drop),
        ("clear-site-data", .drop), ("x-powered-by", .drop), ("upgrade", .drop), ("", .drop),
    ])
    func aResponseHeaderIsForwardedOnlyWhenItIsListed(name: String, rule: ResponseFieldRule) {
        #expect(ResponseHeaders.rule(for: Array(name.utf8).span) == rule)
    }

    @Test(arguments: [
        "host", "Content-Length", "transfer-encoding", "connection", "authorization", "x y", "x_user", "", "x:y",
        "proxy-authorization", "upgrade", "te", "Expect", "keep-alive", "trailer", "http2-settings", "proxy-x",
        "API-Key",
        "x-api-key", "X-Goog-Api-Key", "x-amz-security-token", "cookie", "x-keyreeve-token", "x\r\ny", "x\u{0}",
        "x\u{e9}", "x-user\n",
    ])
    func policyCannotInjectAHeaderThatFramesOrAuthenticates(name: String) {
        #expect(InjectedHeader(name: name, value: "1") == nil)
    }

    @Test(arguments: ["", " a", "a ", "a\r\nb: c", "a\nb", "a\u{0}b", "é", "\t", String(repeating: "a", count: 1025)])
    func aValueThatCouldBreakTheHeadIsNotInjected(value: String) {
        #expect(InjectedHeader(name: "x-audit", value: value) == nil)
    }

    @Test func aPlaceholderIsMadeSafe() {
        #expect(InjectedHeader.encoded("Jos\u{e9} \r\n%") == "Jos%C3%A9%20%0D%0A%25")
        #expect(InjectedHeader.encoded(String(repeating: "\n", count: 400)).utf8.count == 255)
    }
}
