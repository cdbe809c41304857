import Audit
import Foundation
import Model
import Testing

@testable import Relay

/// What a client sees, what the provider sees, and what the journal holds.
@Suite(.serialized) struct RelayTests {
    @Test func aStreamArrivesEventByEvent() async throws {
        let gate = Gate()
        let respond: @Sendable (FakeProvider.Request) -> [FakeProvider.Step] = { _ in
            var steps: [FakeProvider.Step] = [.send(FakeProvider.streamHead)]
            for event in FakeProvider.events(["one", "two"]) {
                steps.append(.send(FakeProvider.chunk(event)))
                if event.contains("one") { steps.append(.hold(gate)) }
            }
            return steps + [.send("0\r\n\r\n")]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            // The first event is there while the provider has not sent the second.
            let first = await client.until { $0.contains("one") }
            #expect(first.contains("\"one\"") && !first.contains("\"two\""))
            gate.open()
            let whole = try #require(RawAnswer(await client.answer()))
            #expect(whole.status == 200)
            #expect(whole.content == FakeProvider.events(["one", "two"]).joined())
            #expect(whole.field("content-type") == "text/event-stream")
            #expect(whole.field("x-upstream-request-id") == "up-1")
            #expect(whole.field("x-request-id") != nil)
            #expect(whole.field("set-cookie") == nil && whole.field("server") == nil)
            #expect(whole.field("keyreeve-error") == nil)

            let request = try #require(relay.upstream.requests.first)
            #expect(request.head.hasPrefix("POST /v1/responses?api-version=2025%2004 HTTP/1.1\r\nhost: 127.0.0.1:"))
            #expect(request.head.hasSuffix("\r\nauthorization: Bearer \(RelayFixture.secret)"))
            #expect(!request.head.contains(RelayFixture.token))
            #expect(request.body == Requests.body)

            let outcome = try #require(await relay.eventually(.relayOutcome).first)
            let expected = [
                "\"status\":200", "\"upstream_status\":200", "\"input_tokens\":12", "\"output_tokens\":3",
                "\"cached_tokens\":8", "\"model\":\"gpt-5.4\"", "\"profile\":\"production\"", "\"provider\":\"echo\"",
                "\"decision\":\"allow\"", "\"credential_fingerprint\":\"", "\"attempt\":1",
            ]
            for text in expected { #expect(outcome.contains(text), "\(text) in \(outcome)") }
            #expect(relay.records(.relayIntent).count == 1)
            #expect(!relay.records.joined().contains(RelayFixture.secret))
        }
    }

    @Test func theIntentIsDurableBeforeAnythingLeaves() async throws {
        try await RelayFixture.run { relay in
            relay.journal.close()
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 503)
            #expect(answer.field("keyreeve-error") == "audit_unavailable")
            #expect(answer.field("retry-after") == "1")
            #expect(relay.upstream.connections == 0)
        }
    }

    // MARK: Who

    @Test(arguments: [
        ("user-agent: codex_exec/0.163.0\r\n", 400), ("originator: codex_exec\r\n", 400),
        ("originator: Codex Desktop\r\n", 400),
        ("user-agent: curl/8\r\n", 401), ("", 401), ("originator: codex_exec\r\nauthorization: Bearer\r\n", 400),
    ])
    func withoutACredentialThePersonIsToldToSignIn(headers: String, status: Int) async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            try await client.send(Requests.post(token: nil, headers: headers))
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == status)
            #expect(answer.body == "Sign in first: run `keyreeve login`.")
            #expect(answer.field("keyreeve-error") == "sign_in_required")
            #expect(answer.field("content-type") == "text/plain; charset=utf-8")
            #expect((answer.field("www-authenticate") != nil) == (status == 401))
            #expect(relay.records.isEmpty)
            #expect(relay.server.strangers == 1)
        }
    }

    @Test(arguments: [
        ("authorization: Bearer nobody\r\n", 401, "invalid_token"),
        ("authorization: Bearer expired\r\n", 401, "expired_token"),
        ("authorization: Basic YTpi\r\n", 401, "invalid_token"),
        ("x-api-key: \(RelayFixture.token)\r\n", 401, "invalid_token"),
        (
            "authorization: Bearer \(RelayFixture.token)\r\nx-keyreeve-token: \(RelayFixture.token)\r\n", 400,
            "ambiguous_credentials"
        ),
        ("authorization: Bearer \(RelayFixture.token)\r\nx-api-key: a\r\n", 400, "ambiguous_credentials"),
        ("api-key: \(RelayFixture.token)\r\n", 200, nil), ("x-keyreeve-token: \(RelayFixture.token)\r\n", 200, nil),
        ("authorization: bearer \(RelayFixture.token)\r\n", 200, nil),
    ])
    func aTokenStandsInOnePlace(headers: String, status: Int, code: String?) async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            try await client.send(Requests.post(token: nil, headers: headers))
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == status)
            #expect(answer.field("keyreeve-error") == code)
            if status != 200 { #expect(relay.upstream.connections == 0) }
        }
    }

    @Test func anotherOrganizationsProfileAnswersLikeAMissingOne() async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            try await client.send(Requests.post("/production/echo/responses", token: RelayFixture.strangerToken))
            let foreign = try #require(RawAnswer(await client.answer()))
            let second = try await relay.client()
            try await second.send(Requests.post("/nowhere/echo/responses", token: RelayFixture.strangerToken))
            let missing = try #require(RawAnswer(await second.answer()))
            #expect(foreign.status == 404)
            #expect(foreign.body == missing.body)
            #expect(foreign.field("keyreeve-error") == missing.field("keyreeve-error"))
            #expect(relay.upstream.connections == 0)
            let denials = await relay.eventually(.relayDenied, count: 2)
            #expect(denials.allSatisfy { $0.contains(relay.otherOrganization.description) })
        }
    }

    // MARK: What

    @Test func aDeniedModelIsRecordedBeforeTheReply() async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            try await client.send(Requests.post(body: #"{"model":"o1-pro"}"#))
            let answer = try #require(RawAnswer(await client.answer()))
            // Read after the reply and without waiting: it was there before.
            let denials = relay.records(.relayDenied)
            #expect(answer.status == 400)
            #expect(answer.field("keyreeve-error") == "model_not_allowed")
            #expect(answer.body.contains("o1-pro"))
            #expect(denials.count == 1)
            #expect(denials.first?.contains("\"reason\":\"model_not_allowed\"") ?? false)
            #expect(relay.upstream.connections == 0)
        }
    }

    @Test func aDenialThatCannotBeRecordedIsNotSpoken() async throws {
        try await RelayFixture.run { relay in
            relay.journal.close()
            let client = try await relay.client()
            try await client.send(Requests.post(body: #"{"model":"o1-pro"}"#))
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 503)
            #expect(answer.field("keyreeve-error") == "audit_unavailable")
        }
    }

    static let refusals: [(String, Int, String)] = [
        (Requests.post(body: "{"), 400, "malformed_request"),
        (Requests.post(body: ""), 400, "malformed_request"),
        (Requests.post(body: #"{"stream":true}"#), 400, "model_missing"),
        (Requests.post(body: #"{"model":"gpt-5.4","model":"o1"}"#), 400, "model_missing"),
        (Requests.post(body: #"{"\u006dodel":"o1","model":"gpt-5.4"}"#), 400, "model_missing"),
        (Requests.post("/active/nothing/responses"), 404, "unknown_provider"),
        (Requests.post("/active/echo/embeddings"), 404, "unknown_route"),
        (Requests.post("/active/echo"), 404, "unknown_route"),
        (Requests.post("/"), 400, "malformed_request"),
        (Requests.get("/active/echo/responses"), 405, "method_not_allowed"),
        (Requests.post("/active/echo/models"), 405, "method_not_allowed"),
        (Requests.post("/active/echo/chat/completions"), 404, "unknown_route"),
        (Requests.post(headers: "content-encoding: zstd\r\n"), 400, "malformed_request"),
        (
            Requests.get("/active/echo/responses", headers: "upgrade: websocket\r\nconnection: upgrade\r\n"), 426,
            "upgrade_refused"
        ),
    ]

    @Test(arguments: refusals)
    func aRequestThatCannotBeServedIsToldWhy(request: String, status: Int, code: String) async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            try await client.send(request)
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == status)
            #expect(answer.field("keyreeve-error") == code)
            #expect(!answer.body.isEmpty && !answer.body.contains("\n"))
            #expect(relay.upstream.connections == 0)
        }
    }

    @Test func theModelsCatalogueComesFromPolicy() async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            try await client.send(Requests.get("/active/echo/models?client_version=0.163.0"))
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 200)
            #expect(answer.field("content-type") == "application/json")
            #expect(answer.body == #"{"models":[],"default":"gpt-5.4"}"#)
            #expect(relay.upstream.connections == 0)
        }
    }

    // MARK: Headers

    @Test func spoofedAuditHeadersAreReplacedAndClientCredentialsStripped() async throws {
        let headers: [(String, String)] = [("x-audit-user", "{user}"), ("traceparent", "{request_id}")]
        try await RelayFixture.run(Setup(auditHeaders: headers)) { relay in
            let client = try await relay.client()
            let spoofed =
                "x-audit-user: root\r\ntraceparent: mine\r\nconnection: accept, x-audit-user\r\naccept: text/plain\r\n"
                + "cookie: a=b\r\nx-forwarded-for: 1.2.3.4\r\nopenai-organization: org\r\nx-codex-turn-metadata: {}\r\n"
                + "user-agent: codex\r\nopenai-beta: v1\r\nx-amz-security-token: t\r\nproxy-authorization: p\r\n"
            try await client.send(Requests.post(headers: spoofed))
            #expect(RawAnswer(await client.answer())?.status == 200)
            let head = try #require(relay.upstream.requests.first).head.lowercased()
            #expect(head.contains("\r\nx-audit-user: \(relay.organization.description)\r\n"))
            #expect(!head.contains("root") && !head.contains("mine"))
            #expect(head.contains("\r\nopenai-beta: v1\r\n"))
            #expect(head.contains("\r\nuser-agent: keyreeve\r\n"))
            let gone = [
                "accept: text/plain", "cookie", "x-forwarded", "openai-organization", "x-codex", "x-amz", "proxy-",
                "connection",
            ]
            for text in gone { #expect(!head.contains(text), "\(text)") }
        }
    }

    // MARK: Connections

    @Test func aConnectionCarriesManyRequestsAndReusesTheProviders() async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            for round in 1...5 {
                try await client.send(Requests.post())
                await client.until { $0.components(separatedBy: "0\r\n\r\n").count > round }
            }
            #expect(client.text.components(separatedBy: "HTTP/1.1 200 OK").count == 6)
            #expect(relay.upstream.connections == 1)
            #expect(relay.upstream.requests.count == 5)
            #expect(relay.server.heldBytes == 0)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            let many = String(repeating: Requests.post(body: #"{"model":"o1"}"#), count: 20)
            try await client.send(many + Requests.post() + Requests.get("/active/echo/models"))
            let text = await client.until { $0.contains(#"{"models":[]"#) }
            #expect(text.components(separatedBy: "model_not_allowed").count == 21)
            #expect(text.hasSuffix(#"{"models":[],"default":"gpt-5.4"}"#))
        }
    }

    @Test func thousandsOfPipelinedRefusalsDoNotNest() async throws {
        try await RelayFixture.run { relay in
            let client = try await RawClient.connect(port: relay.port, keeps: false)
            client.push(String(repeating: "GET /a HTTP/1.1\r\nhost: r\r\n\r\n", count: 20_000))
            for _ in 0..<1_000 where relay.server.strangers < 20_000 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(relay.server.strangers == 20_000)
        }
    }

    @Test func aClientMayAskBeforeItSends() async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            let head = Requests.post(headers: "expect: 100-continue\r\n").components(separatedBy: "\r\n\r\n")[0]
            try await client.send(head + "\r\n\r\n")
            await client.until { $0.contains("100 Continue\r\n\r\n") }
            #expect(relay.upstream.connections == 0)
            try await client.send(Requests.body)
            let text = await client.until { $0.hasSuffix("0\r\n\r\n") }
            #expect(text.contains("HTTP/1.1 200 OK"))

            let stranger = try await relay.client()
            try await stranger.send(head.replacing(RelayFixture.token, with: "nobody") + "\r\n\r\n")
            let refused = await stranger.untilEnd()
            #expect(refused.hasPrefix("HTTP/1.1 401"))
            #expect(!refused.contains("100 Continue"))
        }
    }

    @Test func aChunkedBodyArrivesWithALength() async throws {
        try await RelayFixture.run { relay in
            let client = try await relay.client()
            let head =
                "POST /active/echo/responses HTTP/1.1\r\nhost: r\r\nauthorization: Bearer \(RelayFixture.token)\r\n"
                + "transfer-encoding: chunked\r\n\r\n"
            try await client.send(head + FakeProvider.chunk(String(Requests.body.prefix(9))))
            try await Task.sleep(for: .milliseconds(20))
            try await client.send(FakeProvider.chunk(String(Requests.body.dropFirst(9))) + "0\r\n\r\n")
            #expect(RawAnswer(await client.answer())?.status == 200)
            let request = try #require(relay.upstream.requests.first)
            #expect(request.body == Requests.body)
            #expect(request.head.contains("content-length: \(Requests.body.utf8.count)"))
        }
    }

    @Test func aBodyTooLargeIsRefusedWithoutBeingRead() async throws {
        try await RelayFixture.run(Setup(settings: { $0.maximumBodyBytes = 1_000 })) { relay in
            let declared = try await relay.client()
            try await declared.send(
                "POST /active/echo/responses HTTP/1.1\r\nhost: r\r\nauthorization: Bearer \(RelayFixture.token)\r\n"
                    + "content-length: 900000000\r\n\r\n{"
            )
            let early = await declared.untilEnd()
            #expect(early.hasPrefix("HTTP/1.1 413") && early.contains("body_too_large"))

            let chunked = try await relay.client()
            chunked.push(
                "POST /active/echo/responses HTTP/1.1\r\nhost: r\r\nauthorization: Bearer \(RelayFixture.token)\r\n"
                    + "transfer-encoding: chunked\r\n\r\n"
                    + String(repeating: FakeProvider.chunk(String(repeating: "a", count: 900)), count: 2_000)
            )
            #expect(await chunked.until { $0.contains("body_too_large") }.hasPrefix("HTTP/1.1 413"))
            #expect(relay.server.heldBytes == 0)
            #expect(relay.records(.relayDenied).count == 2)
        }
    }

    @Test func heldBodiesHaveOneBudget() async throws {
        try await RelayFixture.run(Setup(settings: { $0.maximumHeldBytes = 20 })) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 503 && answer.field("keyreeve-error") == "overloaded")
            #expect(relay.server.heldBytes == 0)
        }
    }

    @Test func slowClientsAreCutOff() async throws {
        let change: (inout RelaySettings) -> Void = { settings in
            settings.headTimeout = .milliseconds(150)
            settings.bodyIdleTimeout = .milliseconds(150)
            settings.keepAliveTimeout = .milliseconds(150)
            settings.lingerTimeout = .milliseconds(100)
        }
        try await RelayFixture.run(Setup(settings: change)) { relay in
            let silent = try await relay.client()
            #expect(await silent.untilEnd().isEmpty)
            let slowHead = try await relay.client()
            for byte in "POST /a HT" {
                try? await slowHead.send(String(byte))
                try await Task.sleep(for: .milliseconds(30))
            }
            #expect(await slowHead.untilEnd().hasPrefix("HTTP/1.1 408"))
            let slowBody = try await relay.client()
            try await slowBody.send(String(Requests.post().dropLast(5)))
            #expect(await slowBody.untilEnd().hasPrefix("HTTP/1.1 408"))
            #expect(relay.records(.relayDenied).contains { $0.contains("request_timeout") })
            let kept = try await relay.client()
            try await kept.send(Requests.get("/active/echo/models"))
            #expect(await kept.untilEnd().hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test(arguments: FramingTests.refused.map(\.0))
    func smuggledRequestsAreAnsweredWithOneRefusalAndAClose(text: String) async throws {
        try await RelayFixture.run(Setup(settings: { $0.lingerTimeout = .milliseconds(50) })) { relay in
            let client = try await relay.client()
            client.push(text + "GET /smuggled/echo/models HTTP/1.1\r\nhost: r\r\n\r\n")
            let answer = await client.untilEnd()
            #expect(answer.hasPrefix("HTTP/1.1 400") || answer.hasPrefix("HTTP/1.1 431"), "\(text) -> \(answer)")
            #expect(answer.components(separatedBy: "keyreeve-error: ").count == 2)
            #expect(relay.upstream.connections == 0)
        }
    }

    // MARK: Going away

    @Test func aClientThatLeavesEndsTheProvidersStreamAndIsSettled() async throws {
        let respond: @Sendable (FakeProvider.Request) -> [FakeProvider.Step] = { _ in
            [
                .send(FakeProvider.streamHead), .send(FakeProvider.chunk(FakeProvider.events(["one"])[0])),
                .wait(milliseconds: 60_000),
            ]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            await client.until { $0.contains("one") }
            await client.close()
            let outcome = try #require(await relay.eventually(.relayOutcome).first)
            #expect(outcome.contains("\"reason\":\"client_gone\""))
            #expect(outcome.contains("\"response_bytes\":"))
            for _ in 0..<200 where relay.upstream.closedConnections == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(relay.upstream.closedConnections == 1)
        }
    }

    @Test func shuttingDownLetsAnAnswerEnd() async throws {
        let respond: @Sendable (FakeProvider.Request) -> [FakeProvider.Step] = { _ in
            [
                .send(FakeProvider.streamHead), .wait(milliseconds: 200), .send(FakeProvider.chunk("data: x\n\n")),
                .send("0\r\n\r\n"),
            ]
        }
        try await RelayFixture.run(Setup(settings: { $0.drainTimeout = .seconds(5) }, respond: respond)) { relay in
            let idle = try await relay.client()
            let client = try await relay.client()
            try await client.send(Requests.post())
            await client.until { $0.contains("200 OK") }
            await relay.server.stop()
            #expect(client.text.hasSuffix("0\r\n\r\n"))
            #expect(idle.isEnded)
            #expect(relay.server.openConnections == 0)
        }
    }
}
