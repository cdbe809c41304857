import Audit
import Foundation
import NIOCore
import Policy
import Testing

@testable import Relay

/// What providers do to us.
@Suite(.serialized) struct UpstreamTests {
    typealias Respond = @Sendable (FakeProvider.Request) -> [FakeProvider.Step]

    private static let short =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"answer\": true}"
    private static let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"

    @Test func anAnswerCutAnywhereNeverPassesForAWholeOne() async throws {
        for whole in [Self.short, Self.chunked] {
            let headEnd = try #require(whole.firstRange(of: "\r\n\r\n")).upperBound
            let headCount = whole[..<headEnd].utf8.count
            let count = whole.utf8.count
            let respond: Respond = { [.send(whole.bytes(to: $0.number - 1)), .close] }
            try await RelayFixture.run(Setup(respond: respond)) { relay in
                for cut in 0..<count {
                    let client = try await relay.client()
                    try await client.send(Requests.post())
                    let answer = cut < headCount ? await client.answer() : await client.untilEnd()
                    let parsed = try #require(RawAnswer(answer), "cut at \(cut)")
                    if cut < headCount {
                        #expect(parsed.status == 502, "cut at \(cut)")
                        #expect(parsed.field("keyreeve-error") == "upstream_unreachable")
                    } else {
                        #expect(parsed.status == 200, "cut at \(cut)")
                        #expect(!parsed.isWhole, "cut at \(cut): \(answer)")
                        #expect(client.isEnded)
                    }
                    await client.close()
                }
                #expect(await relay.eventually(.relayOutcome, count: count).count == count)
            }
        }
    }

    @Test func anAnswerSplitAnywhereIsTheSame() async throws {
        let respond: Respond = { request in
            let text = Self.chunked
            let split = (request.number - 1) % text.utf8.count
            return [.send(text.bytes(to: split)), .wait(milliseconds: 1), .send(text.bytes(from: split))]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            for _ in 0..<Self.chunked.utf8.count {
                let client = try await relay.client()
                try await client.send(Requests.post(headers: "connection: close\r\n"))
                let answer = try #require(RawAnswer(await client.untilEnd()))
                #expect(answer.content == "helloyou")
            }
            #expect(relay.upstream.connections <= System.coreCount)
        }
    }

    @Test func aMeteredStreamIsTheSameAtEverySplitPoint() async throws {
        let body = FakeProvider.events(["a"]).joined()
        let respond: Respond = { request in
            let split = 1 + (request.number - 1) * 3 % (body.utf8.count - 2)
            return [
                .send(FakeProvider.streamHead), .send(FakeProvider.chunk(body.bytes(to: split))),
                .wait(milliseconds: 1), .send(FakeProvider.chunk(body.bytes(from: split)) + "0\r\n\r\n"),
            ]
        }
        let rounds = body.utf8.count / 3
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            for _ in 0..<rounds {
                let client = try await relay.client()
                try await client.send(Requests.post(headers: "connection: close\r\n"))
                #expect(RawAnswer(await client.untilEnd())?.content == body)
            }
            let outcomes = await relay.eventually(.relayOutcome, count: rounds)
            #expect(outcomes.count == rounds)
            for outcome in outcomes {
                #expect(outcome.contains("\"input_tokens\":12") && outcome.contains("\"output_tokens\":3"))
                #expect(!outcome.contains("\"detail\""))
            }
        }
    }

    @Test func anEarlyAnswerReachesTheClientAndDoesNotPoisonThePool() async throws {
        let respond: Respond = { request in
            request.number == 1
                ? FakeProvider.plain(413, #"{"error":"too large"}"#) + [.wait(milliseconds: 50)] : FakeProvider.answer()
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            // Larger than the socket buffers, so that the provider's answer overtakes it.
            let padding = String(repeating: "x", count: 24 << 20)
            let client = try await relay.client()
            try await client.send(Requests.post(body: #"{"model":"gpt-5.4","input":"\#(padding)"}"#))
            let early = try #require(RawAnswer(await client.answer()))
            #expect(early.status == 413)
            #expect(early.body == #"{"error":"too large"}"#)
            let second = try await relay.client()
            try await second.send(Requests.post())
            let next = try #require(RawAnswer(await second.answer()))
            #expect(next.status == 200)
            #expect(relay.upstream.requests.last?.body == Requests.body)
            #expect(relay.server.heldBytes == 0)
        }
    }

    @Test func bytesBehindAnAnswerNeverReachTheNextClient() async throws {
        let respond: Respond = { request in
            request.number == 1
                ? [.send(Self.short + "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison")] : FakeProvider.answer()
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let first = try #require(RawAnswer(await client.answer()))
            #expect(first.body == "{\"answer\": true}")
            try await client.send(Requests.post())
            let text = await client.until { $0.hasSuffix("0\r\n\r\n") }
            #expect(!text.contains("poison"))
            #expect(relay.upstream.connections == 2)
        }
    }

    @Test func informationalAnswersArePassedOver() async throws {
        let respond: Respond = { _ in
            [.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"), .wait(milliseconds: 5)]
                + FakeProvider.answer()
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 200)
            #expect(answer.field("link") == nil)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\nx: y\n\n",
        "HTTP/1.1 302 Found\r\nlocation: http://evil/\r\ncontent-length: 0\r\n\r\n", "\r\n\r\n",
        String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 50),
    ])
    func aMalformedAnswerOrARedirectIsABadGateway(answer: String) async throws {
        try await RelayFixture.run(Setup(respond: { _ in [.send(answer), .wait(milliseconds: 2_000)] })) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let parsed = try #require(RawAnswer(await client.answer()))
            #expect(parsed.status == 502)
            #expect(parsed.field("keyreeve-error") == "upstream_malformed")
            #expect(parsed.field("location") == nil)
            let outcome = try #require(await relay.eventually(.relayOutcome).first)
            #expect(outcome.contains("\"status\":502"))
        }
    }

    @Test func badChunksBreakTheAnswerOff() async throws {
        let respond: Respond = { _ in
            [.send(FakeProvider.streamHead + "5\r\nhello\r\n"), .wait(milliseconds: 30), .send("zz\r\n")]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.untilEnd()))
            #expect(answer.content == "hello" && !answer.isWhole)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("upstream_malformed"))
        }
    }

    @Test func anAnswerWithoutALengthEndsWithItsConnection() async throws {
        let respond: Respond = { _ in
            [
                .send("HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nold"), .wait(milliseconds: 10),
                .send(" style"), .close,
            ]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.content == "old style")
        }
    }

    // MARK: Trying again

    @Test func troubleBeforeTheAnswerIsTriedAgainAndEveryAttemptIsRecorded() async throws {
        let respond: Respond = {
            $0.number < 3 ? FakeProvider.plain(503, "{}", headers: "retry-after: 0\r\n") : FakeProvider.answer()
        }
        try await RelayFixture.run(Setup(retries: 2, respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 200)
            #expect(relay.upstream.requests.count == 3)
            #expect(relay.records(.relayIntent).count == 3)
            let outcomes = await relay.eventually(.relayOutcome, count: 3)
            #expect(outcomes.count == 3)
            #expect(outcomes.filter { $0.contains("\"reason\":\"retried\"") }.count == 2)
            #expect(outcomes.last?.contains("\"attempt\":3") ?? false)
        }
    }

    @Test func retriesEndAndTheProvidersAnswerIsPassedOn() async throws {
        let respond: Respond = { _ in
            FakeProvider.plain(503, #"{"error":{"message":"busy"}}"#, headers: "retry-after: 0\r\n")
        }
        try await RelayFixture.run(Setup(retries: 1, respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 503)
            #expect(answer.body.contains("busy"))
            #expect(answer.field("retry-after") == "0")
            #expect(answer.field("keyreeve-error") == nil)
            #expect(relay.upstream.requests.count == 2)
        }
    }

    @Test func aRefusedCredentialIsOurTroubleAndNotTheClients() async throws {
        let respond: Respond = { _ in FakeProvider.plain(401, #"{"error":"bad key \#(RelayFixture.secret)"}"#) }
        try await RelayFixture.run(Setup(retries: 4, respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 502)
            #expect(answer.field("keyreeve-error") == "upstream_refused_credential")
            #expect(!answer.body.contains("sk-"))
            #expect(relay.upstream.requests.count == 2)
            let outcome = try #require(await relay.eventually(.relayOutcome, count: 2).last)
            #expect(outcome.contains("\"upstream_status\":401") && outcome.contains("\"status\":502"))
        }
    }

    @Test func aCredentialThatAProviderQuotesIsTakenOut() async throws {
        let respond: Respond = { _ in FakeProvider.plain(403, #"{"error":"key \#(RelayFixture.secret) may not"}"#) }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 403)
            #expect(!answer.body.contains(RelayFixture.secret))
            #expect(answer.body.hasPrefix(#"{"error":"key ****"#) && answer.body.hasSuffix(#" may not"}"#))
        }
    }

    @Test func aCredentialSplitOverPiecesIsTakenOut() async throws {
        let body = #"{"error":"key \#(RelayFixture.secret) may not"}"#
        let bytes = body.utf8.count
        let respond: Respond = { _ in
            [.send("HTTP/1.1 403 No\r\ncontent-length: \(bytes)\r\n\r\n")]
                + body.flatMap { [FakeProvider.Step.send(String($0)), .wait(milliseconds: 1)] }
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 403)
            let stars = String(repeating: "*", count: RelayFixture.secret.utf8.count)
            #expect(answer.content == body.replacing(RelayFixture.secret, with: stars))
        }
    }

    /// What is not held whole cannot be searched for the credential, so it does not go on, wherever it is quoted.
    @Test(arguments: [0, HeldError.limit - 3, HeldError.limit + 1], ["transfer-encoding: chunked", "content-length"])
    func aLongErrorIsReplacedByASentence(place: Int, framing: String) async throws {
        let filler = String(repeating: "e", count: 200_000)
        let long = filler.prefix(place) + RelayFixture.secret + filler
        let respond: Respond = { _ in
            framing == "content-length"
                ? [.send("HTTP/1.1 400 Bad\r\ncontent-length: \(long.utf8.count)\r\n\r\n" + long)]
                : [.send("HTTP/1.1 400 Bad\r\n\(framing)\r\n\r\n" + FakeProvider.chunk(String(long)) + "0\r\n\r\n")]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 400)
            #expect(answer.field("keyreeve-error") == "upstream_error_withheld")
            #expect(!answer.body.contains("eee") && !answer.body.contains("sk-"))
        }
    }

    @Test(arguments: ["gzip", "br", "identity, gzip", "x-unknown"])
    func aPackedErrorIsReplacedByASentence(coding: String) async throws {
        let respond: Respond = { _ in
            [.send("HTTP/1.1 429 Slow\r\ncontent-encoding: \(coding)\r\ncontent-length: 6\r\n\r\npacked")]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post(headers: "accept-encoding: gzip, br\r\n"))
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 429)
            #expect(answer.field("keyreeve-error") == "upstream_error_withheld")
            #expect(answer.field("content-encoding") == nil)
            #expect(!answer.body.contains("packed"))
            let sent = try #require(relay.upstream.requests.first)
            #expect(sent.head.contains("accept-encoding: identity\r\n"))
            #expect(!sent.head.contains("gzip"))
            let outcome = try #require(await relay.eventually(.relayOutcome).first)
            #expect(outcome.contains("\"reason\":\"upstream_error_withheld\"") && outcome.contains("content encoding"))
        }
    }

    /// Who writes policy names a credential and a host; only who stored the credential says that they belong together.
    @Test(arguments: [["https://api.openai.com"], ["http://127.0.0.1:1"], []])
    func aCredentialIsNotLentToAHostThatItsAdminDidNotName(destinations: [String]) async throws {
        try await RelayFixture.run(Setup(destinations: destinations)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 502)
            #expect(answer.field("keyreeve-error") == "credential_not_for_host")
            #expect(answer.body.contains("keyreeve credential set"))
            #expect(relay.upstream.connections == 0)
            let outcome = try #require(await relay.eventually(.relayOutcome).first)
            #expect(outcome.contains("\"reason\":\"credential_not_for_host\""))
            #expect(!outcome.contains("credential_fingerprint"))
        }
    }

    @Test func aHeaderThatQuotesTheCredentialIsScrubbed() async throws {
        let respond: Respond = { _ in
            [.send("HTTP/1.1 400 Bad\r\nx-request-id: \(RelayFixture.secret)\r\ncontent-length: 2\r\n\r\nno")]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = await client.answer()
            #expect(answer.contains("x-upstream-request-id: ***"))
            #expect(!answer.contains(RelayFixture.secret))
        }
    }

    @Test func aKeptConnectionThatEndedIsReplacedOnce() async throws {
        let respond: Respond = { request in
            request.number == 2 ? [.close] : FakeProvider.answer()
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            await client.until { $0.hasSuffix("0\r\n\r\n") }
            try await client.send(Requests.post())
            await client.until { $0.components(separatedBy: "HTTP/1.1 200").count == 3 && $0.hasSuffix("0\r\n\r\n") }
            #expect(client.text.components(separatedBy: "HTTP/1.1 200").count == 3)
            #expect(relay.upstream.requests.count == 3)
            #expect(relay.records(.relayIntent).count == 3)
        }
    }

    @Test func aProviderThatIsNotThereIsABadGateway() async throws {
        try await RelayFixture.run { relay in
            await relay.upstream.stop()
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 502)
            #expect(answer.field("keyreeve-error") == "upstream_unreachable")
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("not connected"))
        }
    }

    @Test func aProviderOnThisMachineIsRefusedOutsideDevelopment() async throws {
        try await RelayFixture.run(Setup(settings: { $0.egress = .strict })) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 502)
            #expect(relay.upstream.connections == 0)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("egress"))
        }
    }

    @Test func aMissingCredentialIsSaidPlainly() async throws {
        try await RelayFixture.run(Setup(credential: false)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 502)
            #expect(answer.field("keyreeve-error") == "credential_missing")
            #expect(relay.upstream.connections == 0)
        }
    }

    // MARK: Time and room

    @Test func aSilentProviderIsGivenUp() async throws {
        try await RelayFixture.run(
            Setup(
                settings: { $0.firstByteTimeout = .milliseconds(100) },
                respond: { _ in [.wait(milliseconds: 5_000)] }
            )
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 504)
            #expect(answer.field("keyreeve-error") == "upstream_timeout")
        }
    }

    @Test func aStreamThatFallsSilentIsBrokenOff() async throws {
        let respond: Respond = { _ in [.send(FakeProvider.streamHead + "5\r\nhello\r\n"), .wait(milliseconds: 20_000)] }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.untilEnd()))
            #expect(answer.content == "hello" && !answer.isWhole)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("stream idle"))
        }
    }

    @Test func aClientThatDoesNotReadStopsTheProvider() async throws {
        let total = 64 << 20
        try await RelayFixture.run(Setup(respond: { _ in [.flood(total)] })) { relay in
            let client = try await RawClient.connect(port: relay.port, reads: false, keeps: false)
            try await client.send(Requests.post())
            var last = -1
            for _ in 0..<100 where last != relay.upstream.floodedBytes || last == 0 {
                last = relay.upstream.floodedBytes
                try await Task.sleep(for: .milliseconds(100))
            }
            // What is on its way fills socket buffers and one write buffer, not our memory.
            #expect(relay.upstream.floodedBytes < total / 2)
            try await client.startReading()
            for _ in 0..<2_000 where client.count < total { try await Task.sleep(for: .milliseconds(5)) }
            #expect(client.count > total)
            let outcome = try #require(await relay.eventually(.relayOutcome).first)
            #expect(outcome.contains("\"response_bytes\":\(total)"))
        }
    }

    @Test func nothingPooledCrossesAnOrganization() async throws {
        try await RelayFixture.run { relay in
            let first = try await relay.client()
            try await first.send(Requests.post())
            await first.answer()
            let second = try await relay.client()
            try await second.send(Requests.post("/secretive/echo/responses", token: RelayFixture.strangerToken))
            #expect(RawAnswer(await second.answer())?.status == 200)
            #expect(relay.upstream.connections == 2)
        }
    }
}
