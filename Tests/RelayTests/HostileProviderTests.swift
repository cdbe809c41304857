import Audit
import NIOCore
import Testing

@testable import Relay

/// What a provider, or whoever sits in its place, can do to us with bytes and time: never a trap, never another
/// client's answer, never a part that passes for a whole.
@Suite(.serialized) struct HostileProviderTests {
    typealias Respond = @Sendable (FakeProvider.Request) -> [FakeProvider.Step]

    private static let trailers =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\nz: w\r\n\r\n"
    private static let continued =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
    private static let refusal = "HTTP/1.1 400 Bad\r\ncontent-length: 5\r\n\r\nhello"
    private static let chunkedRefusal = "HTTP/1.1 429 No\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"

    @Test(arguments: [trailers, continued, refusal, chunkedRefusal])
    func noShapeCutAnywherePassesForAWhole(whole: String) async throws {
        let count = whole.utf8.count
        // Every second request is a good one: nothing of a cut answer may be left for it.
        let respond: Respond = { request in
            request.number.isMultiple(of: 2)
                ? FakeProvider.answer() : [.send(whole.bytes(to: request.number / 2)), .close]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            for cut in 0..<count {
                let client = try await relay.client()
                try await client.send(Requests.post())
                let parsed = try #require(RawAnswer(await client.answer()), "cut at \(cut)")
                if parsed.status == 200 {
                    #expect(!parsed.isWhole && client.isEnded, "cut at \(cut): \(client.text)")
                } else {
                    #expect(parsed.status == 502 && parsed.isWhole, "cut at \(cut): \(client.text)")
                    #expect(parsed.field("keyreeve-error") == "upstream_unreachable")
                }
                await client.close()
                let next = try await relay.client()
                try await next.send(Requests.post())
                #expect(RawAnswer(await next.answer())?.content.contains("Hello") == true, "after \(cut)")
                await next.close()
            }
            #expect(await relay.eventually(.relayOutcome, count: 2 * count).count == 2 * count)
        }
    }

    @Test(arguments: [trailers, continued, refusal, chunkedRefusal])
    func everyShapeSplitAnywhereIsTheSame(whole: String) async throws {
        let respond: Respond = { request in
            let split = (request.number - 1) % whole.utf8.count
            return [.send(whole.bytes(to: split)), .wait(milliseconds: 1), .send(whole.bytes(from: split))]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            for split in 0..<whole.utf8.count {
                let client = try await relay.client()
                try await client.send(Requests.post(headers: "connection: close\r\n"))
                let answer = try #require(RawAnswer(await client.untilEnd()))
                #expect(answer.content == "hello" && answer.isWhole, "split at \(split)")
                #expect(answer.field("x") == nil && answer.field("trailer") == nil)
            }
        }
    }

    private static let head = "HTTP/1.1 200 OK\r\n"

    @Test(arguments: [
        head + "x: a\r\n b\r\ncontent-length: 0\r\n\r\n", head + "x: a\r\n\tb\r\ncontent-length: 0\r\n\r\n",
        head + " x: a\r\ncontent-length: 0\r\n\r\n", head + "content-length: 0\n\n", head + "x: a\rb\r\n\r\n",
        head + "x: a\u{0}b\r\ncontent-length: 0\r\n\r\n", head + "content-length : 5\r\n\r\nhello",
        head + "content-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        head + "content-length: 5\r\ncontent-length: 5\r\n\r\nhello", head + "content-length: +5\r\n\r\nhello",
        head + "content-length: 5, 5\r\n\r\nhello", head + "content-length: 0x5\r\n\r\nhello",
        head + "content-length: 99999999999999999999\r\n\r\n", head + "content-length:\r\n\r\n",
        head + "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        head + "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        head + "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", head + "transfer-encoding: gzip, chunked\r\n\r\n",
        head + "transfer-encoding: identity\r\n\r\n", head + ": x\r\n\r\n", head + "novalue\r\n\r\n",
        "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 099 X\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n", "HTTP/1.1 2000 X\r\n\r\n", "HTTP/1.1 200OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.1\r\n\r\n", "ICY 200 OK\r\n\r\n",
        head + "x: " + String(repeating: "a", count: 70_000) + "\r\n\r\n",
        head + String(repeating: "x: y\r\n", count: 300) + "\r\n",
        head + "connection: a b\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\n\r\n", "HTTP/1.1 308 There\r\nlocation: https://evil.example/\r\n\r\n",
    ])
    func anAnswerThatTwoParsersCouldReadDifferentlyIsABadGateway(answer: String) async throws {
        let respond: Respond = { $0.number == 1 ? [.send(answer)] : FakeProvider.answer() }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let parsed = try #require(RawAnswer(await client.answer()))
            #expect(parsed.status == 502)
            #expect(parsed.field("keyreeve-error") == "upstream_malformed")
            #expect(parsed.field("location") == nil)
            let next = try await relay.client()
            try await next.send(Requests.post())
            #expect(RawAnswer(await next.answer())?.content.contains("Hello") == true)
            #expect(relay.upstream.connections == 2)
        }
    }

    @Test(arguments: [
        "5;a=b\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n", "-1\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "\r\n",
        "5\nhello\r\n", "5\r\nhelloX\r\n", "5\r\nhello\n0\r\n\r\n", "0x5\r\nhello\r\n", "0\r\nx: y\nz\r\n\r\n",
        "0\r\nx: " + String(repeating: "a", count: 9_000) + "\r\n\r\n",
    ])
    func aBodyThatIsFramedOtherwiseIsBrokenOff(body: String) async throws {
        let respond: Respond = {
            $0.number == 1
                ? [.send(Self.head + "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n" + body)] : FakeProvider.answer()
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let parsed = try #require(RawAnswer(await client.untilEnd()))
            #expect(parsed.status == 200 && !parsed.isWhole && parsed.content.hasPrefix("ok"))
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("upstream_malformed"))
            let next = try await relay.client()
            try await next.send(Requests.post())
            #expect(RawAnswer(await next.answer())?.content.contains("Hello") == true)
        }
    }

    // MARK: Time

    @Test(arguments: [
        "H", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func aStallWithinTheHeadIsATimeout(part: String) async throws {
        try await RelayFixture.run(
            Setup(
                settings: { $0.firstByteTimeout = .milliseconds(200) },
                respond: { _ in [.send(part), .wait(milliseconds: 20_000)] }
            )
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 504 && answer.field("keyreeve-error") == "upstream_timeout")
        }
    }

    @Test(arguments: [
        "content-length: 9\r\n\r\nhello", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n",
        "transfer-encoding: chunked\r\n\r\n9\r\nhello", "content-length: 9\r\n\r\n",
    ])
    func aStallWithinTheBodyIsBrokenOff(rest: String) async throws {
        try await RelayFixture.run(
            Setup(respond: { _ in [.send(Self.head + rest), .wait(milliseconds: 20_000)] })
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.untilEnd()))
            #expect(answer.status == 200 && !answer.isWhole)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("stream idle"))
        }
    }

    @Test func aProviderThatDribblesForEverEndsAtTheTotal() async throws {
        let drops = (0..<400).flatMap { _ in
            [FakeProvider.Step.send(FakeProvider.chunk(": a\n")), .wait(milliseconds: 20)]
        }
        try await RelayFixture.run(
            Setup(
                settings: { $0.totalTimeout = .milliseconds(600) },
                respond: { _ in [.send(FakeProvider.streamHead)] + drops }
            )
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.untilEnd()))
            #expect(answer.status == 200 && !answer.isWhole)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("total time spent"))
        }
    }

    @Test func theTotalHoldsOverAllAttempts() async throws {
        let respond: Respond = { _ in
            [.wait(milliseconds: 250)] + FakeProvider.plain(503, "{}", headers: "retry-after: 0\r\n")
        }
        try await RelayFixture.run(
            Setup(settings: { $0.totalTimeout = .milliseconds(600) }, retries: 10, respond: respond)
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 504)
            #expect(relay.upstream.requests.count < 5)
        }
    }

    // MARK: Out of turn

    @Test func bytesThatNobodyAskedForEndAKeptConnection() async throws {
        let respond: Respond = { request in
            request.number == 1
                ? FakeProvider.answer() + [
                    .wait(milliseconds: 30), .send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison"),
                ] : FakeProvider.answer()
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            await client.answer()
            for _ in 0..<500 where relay.upstream.closedConnections == 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(relay.upstream.closedConnections == 1)
            let next = try await relay.client()
            try await next.send(Requests.post())
            let answer = await next.answer()
            #expect(answer.contains("Hello") && !answer.contains("poison"))
        }
    }

    @Test func anEarlyAnswerThatEndsInAResetArrives() async throws {
        let respond: Respond = { _ in
            FakeProvider.plain(413, #"{"error":"too large"}"#, headers: "connection: close\r\n") + [.reset]
        }
        try await RelayFixture.run(Setup(respond: respond)) { relay in
            let padding = String(repeating: "x", count: 24 << 20)
            let client = try await relay.client()
            try await client.send(Requests.post(body: #"{"model":"gpt-5.4","input":"\#(padding)"}"#))
            let answer = try #require(RawAnswer(await client.answer()))
            // A reset may overtake the answer on its way; then it is a bad gateway, and never half of either.
            #expect(answer.isWhole)
            #expect(answer.status == 413 || answer.field("keyreeve-error") == "upstream_unreachable")
            #expect(relay.server.heldBytes == 0)
        }
    }

    // MARK: Silent streams

    private static let pausing: Respond = { _ in
        [.send(FakeProvider.streamHead), .send(FakeProvider.chunk("data: 1\n\n")), .wait(milliseconds: 700)]
            + [.send(FakeProvider.chunk("data: 2")), .wait(milliseconds: 700)]
            + [.send(FakeProvider.chunk("\n\n") + "0\r\n\r\n")]
    }

    @Test func aSilentStreamIsKeptAliveBetweenEventsAndNeverWithinOne() async throws {
        try await RelayFixture.run(
            Setup(settings: { $0.streamKeepAlive = .milliseconds(150) }, respond: Self.pausing)
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let content = try #require(RawAnswer(await client.answer())).content
            #expect(content.hasPrefix("data: 1\n\n: keep-alive\n\n"))
            #expect(content.hasSuffix("data: 2\n\n"))
            #expect(content.replacing(": keep-alive\n\n", with: "") == "data: 1\n\ndata: 2\n\n")
        }
    }

    @Test func nothingIsAddedUnlessTheOperatorSaysSo() async throws {
        try await RelayFixture.run(Setup(respond: Self.pausing)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.content == "data: 1\n\ndata: 2\n\n")
        }
    }

    @Test func aStalledProviderIsNotKeptAlivePastItsIdleTimeout() async throws {
        let respond: Respond = { _ in [.send(FakeProvider.streamHead), .wait(milliseconds: 20_000)] }
        try await RelayFixture.run(
            Setup(settings: { $0.streamKeepAlive = .milliseconds(100) }, respond: respond)
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.untilEnd()))
            #expect(answer.content.hasPrefix(": keep-alive\n\n") && !answer.isWhole)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("stream idle"))
        }
    }
}
