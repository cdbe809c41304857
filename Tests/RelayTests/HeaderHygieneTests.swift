import Audit
import Model
import Policy
import Testing

@testable import Relay

/// A client that lies about itself, rule by rule, judged by what the provider gets.
@Suite(.serialized) struct HeaderHygieneTests {
    /// What arrived at the provider: lower-case name and value of every line.
    private static func sent(_ relay: RelayFixture, _ headers: String) async throws -> [(name: String, value: String)] {
        let client = try await relay.client()
        try await client.send(Requests.post(headers: headers))
        #expect(RawAnswer(await client.answer())?.status == 200)
        let head = try #require(relay.upstream.requests.last).head
        return head.split(separator: "\r\n").dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.last.map { String($0).drop { $0 == " " } } ?? ""
            return (String(parts.first ?? "").lowercased(), String(value))
        }
    }

    private static func values(_ name: String, _ sent: [(name: String, value: String)]) -> [String] {
        sent.filter { $0.name == name }.map(\.value)
    }

    @Test func theCredentialStandsOnceAndLastWhateverTheClientSends() async throws {
        try await RelayFixture.run { relay in
            let sent = try await Self.sent(
                relay,
                "cookie: a=b\r\nproxy-authorization: Basic eA==\r\nx-amz-security-token: t\r\nchatgpt-account-id: acc\r\n"
                    + "x-goog-user-project: p\r\n"
            )
            #expect(sent.last?.name == "authorization")
            #expect(Self.values("authorization", sent) == ["Bearer \(RelayFixture.secret)"])
            for name in ["cookie", "proxy-authorization", "x-amz-security-token", "chatgpt-account-id"] {
                #expect(Self.values(name, sent) == [], "\(name)")
            }
            #expect(!sent.contains { $0.value.contains(RelayFixture.token) })
        }
    }

    /// CVE-2022-31813 and its kin: `Connection` removes headers of the client before ours are there, and none of ours.
    @Test func connectionTakesAwayTheClientsHeadersAndNoneOfOurs() async throws {
        let setup = Setup(auditHeaders: [("x-who", "{organization}"), ("accept", "text/event-stream")])
        try await RelayFixture.run(setup) { relay in
            let sent = try await Self.sent(
                relay,
                "connection: keep-alive, X-Who, authorization, host, content-length, openai-beta\r\n"
                    + "connection: accept-encoding, accept\r\nopenai-beta: x\r\naccept: text/plain\r\n"
            )
            #expect(Self.values("x-who", sent) == ["acme"])
            #expect(Self.values("accept", sent) == ["text/event-stream"])
            #expect(Self.values("accept-encoding", sent) == ["identity"])
            #expect(Self.values("content-length", sent).count == 1)
            #expect(Self.values("host", sent).count == 1)
            #expect(Self.values("authorization", sent) == ["Bearer \(RelayFixture.secret)"])
            #expect(Self.values("openai-beta", sent) == [])
            #expect(Self.values("connection", sent) == [])
        }
    }

    @Test func aClientsCopyOfAHeaderThatPolicySetsIsReplacedInEverySpelling() async throws {
        let setup = Setup(
            auditHeaders: [("Idempotency-Key", "ours"), ("x-who", "{user}")],
            httpHeaders: [NamedValue("OpenAI-Beta", "policy"), NamedValue("x-who", "hidden")]
        )
        try await RelayFixture.run(setup) { relay in
            let sent = try await Self.sent(
                relay,
                "IDEMPOTENCY-KEY: theirs\r\nOpenAI-BETA: theirs\r\nX-Who: root\r\nx-who-else: root\r\n"
            )
            #expect(Self.values("idempotency-key", sent) == ["ours"])
            #expect(Self.values("openai-beta", sent) == ["policy"])
            #expect(Self.values("x-who", sent).count == 1)
            #expect(!sent.contains { ["root", "theirs", "hidden"].contains($0.value) })
        }
    }

    @Test func aNameWithAnUnderscoreIsRefused() async throws {
        try await RelayFixture.run(Setup(auditHeaders: [("x-who", "{user}")])) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post(headers: "x_who: root\r\n"))
            #expect(RawAnswer(await client.answer())?.status == 400)
            #expect(relay.upstream.requests.isEmpty)
        }
    }

    @Test func headersFromTheServersEnvironmentAreAddedWhereTheVariableIsThere() async throws {
        let setup = Setup(
            settings: { $0.environment = ["OPENAI_ORG": "org-1"] },
            envHTTPHeaders: [NamedValue("OpenAI-Organization", "OPENAI_ORG"), NamedValue("openai-beta", "ABSENT")]
        )
        try await RelayFixture.run(setup) { relay in
            let sent = try await Self.sent(relay, "openai-organization: theirs\r\nopenai-beta: theirs\r\n")
            #expect(Self.values("openai-organization", sent) == ["org-1"])
            // Absent is left out, and does not become the client's to set.
            #expect(Self.values("openai-beta", sent) == [])
        }
    }

    private static let metadata =
        "originator: codex_exec\r\nuser-agent: codex/1\r\nsession-id: s\r\nthread-id: t\r\nx-codex-turn-metadata: m\r\n"
        + "x-client-request-id: c\r\n"

    @Test(arguments: [nil, false, true])
    func clientMetadataGoesUpstreamOnlyWhereTheDocumentSaysSo(forwards: Bool?) async throws {
        try await RelayFixture.run(Setup(forwardsClientMetadata: forwards)) { relay in
            let sent = try await Self.sent(relay, Self.metadata)
            let names = ["originator", "session-id", "thread-id", "x-codex-turn-metadata", "x-client-request-id"]
            for name in names { #expect(Self.values(name, sent).isEmpty == (forwards != true), "\(name)") }
            #expect(Self.values("user-agent", sent) == [forwards == true ? "codex/1" : "keyreeve"])
        }
    }

    @Test func byDefaultNothingSaysWhoAsks() async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            try await client.send(Requests.post(headers: Self.metadata))
            await client.answer()
            let head = try #require(relay.upstream.requests.last).head
            for word in [relay.organization.description, "acme", "production", "codex"] {
                #expect(!head.contains(word), "\(word) in \(head)")
            }
        }
    }

    @Test func placeholdersOfPeopleAreFilledOnlyOnAnExplicitLine() async throws {
        let groups: Set<GroupName> = [GroupName(unchecked: "ops"), GroupName(unchecked: "engineering")]
        let setup = Setup(auditHeaders: [("x-teams", "{groups}"), ("x-who", "{user}")], groups: groups)
        try await RelayFixture.run(setup) { relay in
            let sent = try await Self.sent(relay, "")
            #expect(Self.values("x-teams", sent) == ["engineering,ops"])
            #expect(Self.values("x-who", sent).count == 1)
        }
        try await RelayFixture.run(Setup(auditHeaders: [("x-teams", "{groups}")])) { relay in
            let sent = try await Self.sent(relay, "")
            #expect(Self.values("x-teams", sent) == ["-"])
        }
    }

    @Test func nothingOfTheProvidersHeadButTheListReachesTheClient() async throws {
        let fields =
            "set-cookie: a=b\r\nserver: x\r\nvia: x\r\nalt-svc: h3\r\naccess-control-allow-origin: *\r\n"
            + "keyreeve-error: budget_spent\r\nwww-authenticate: Basic\r\nstrict-transport-security: x\r\nx-request-id: up\r\n"
            + "x-keyreeve-x: y\r\nkeep-alive: timeout=5\r\nproxy-authenticate: Basic\r\nretry-after: 3\r\n"
        try await RelayFixture.run(Setup(respond: { _ in FakeProvider.plain(429, "{}", headers: fields) })) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            let names = answer.head.split(separator: "\r\n").dropFirst().map { $0.prefix { $0 != ":" }.lowercased() }
            #expect(
                Set(names) == [
                    "content-type", "content-length", "retry-after", "x-upstream-request-id", "x-request-id",
                ]
            )
        }
    }
}
