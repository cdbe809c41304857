import Audit
import Foundation
import Model
import NIOSSL
import Testing

@testable import Relay

/// HTTP/2 from a client, over TLS as it comes, and what attackers make of it.
@Suite(.serialized) struct HTTP2Tests {
    typealias Frame = FrameClient.Frame

    /// A relay with TLS, and a context for clients of HTTP/2.
    static func run(
        _ setup: Setup = Setup(),
        _ body: (RelayFixture, NIOSSLContext) async throws -> Void
    ) async throws {
        let certificate = try await TestCertificate(name: "localhost")
        var setup = setup
        let settings = setup.settings
        setup.settings = { relay in
            settings(&relay)
            relay.listenerTLS = certificate.listener
        }
        let context = try certificate.clientContext(protocols: ["h2"])
        try await RelayFixture.run(setup) { try await body($0, context) }
    }

    // MARK: Good clients

    @Test func aStreamIsAnsweredAsAConnectionWouldBe() async throws {
        try await Self.run { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            let forwarded = [("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=203.0.113.7")]
            try await client.send([
                FrameClient.headers(1, FrameClient.head(with: [("content-type", "application/json")] + forwarded)),
                FrameClient.data(1),
            ])
            let reply = await client.whole(1)
            #expect(reply.status == 200)
            #expect(reply.body == FakeProvider.events(["Hello"]).joined())
            #expect(reply["content-type"] == "text/event-stream")
            #expect(reply["x-upstream-request-id"] == "up-1")
            #expect(reply["x-request-id"] != nil)
            #expect(reply["transfer-encoding"] == nil && reply["connection"] == nil && reply["set-cookie"] == nil)

            let request = try #require(relay.upstream.requests.first)
            #expect(request.head.hasPrefix("POST /v1/responses?api-version=2025%2004 HTTP/1.1\r\nhost: 127.0.0.1:"))
            #expect(request.head.hasSuffix("\r\nauthorization: Bearer \(RelayFixture.secret)"))
            #expect(!request.head.contains("forwarded") && !request.head.contains("203.0.113.7"))
            #expect(request.body == Requests.body)
            let outcome = try #require(await relay.eventually(.relayOutcome).first)
            #expect(outcome.contains("\"status\":200") && outcome.contains("\"input_tokens\":12"))
            #expect(relay.records(.relayIntent).first?.contains("\"client_address\":\"127.0.0.1\"") ?? false)
        }
    }

    @Test func streamsOfOneConnectionRunBesideEachOther() async throws {
        let gate = Gate()
        let respond: @Sendable (FakeProvider.Request) -> [FakeProvider.Step] = { request in
            request.body.contains("slow") ? [.hold(gate)] + FakeProvider.answer(["late"]) : FakeProvider.answer()
        }
        try await Self.run(Setup(respond: respond)) { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            try await client.send([
                FrameClient.headers(1), FrameClient.data(1, #"{"model":"gpt-5.4","input":"slow"}"#),
                FrameClient.headers(3), FrameClient.data(3),
            ])
            #expect(await client.whole(3).status == 200)
            #expect(client.reply(1).status == 0)
            gate.open()
            #expect(await client.whole(1).body.contains("late"))
            try await client.send([
                FrameClient.headers(5, FrameClient.head("/active/echo/models", method: "GET"), ends: true)
            ])
            let models = await client.whole(5)
            #expect(models.status == 200 && models.body.contains("gpt-5.4"))
        }
    }

    @Test(.enabled(if: Curl.speaksHTTP2)) func curlUploadsAndStreams() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let setup = Setup(settings: { $0.listenerTLS = certificate.listener })
        try await RelayFixture.run(setup) { relay in
            // More than any window, so that both sides have to give way.
            let body = #"{"model":"gpt-5.4","input":""# + String(repeating: "a", count: 3 << 20) + "\"}"
            let output = try await Curl.run(
                [
                    "--http2", "--cacert", certificate.certificateFile, "--resolve",
                    "localhost:\(relay.port):127.0.0.1",
                    "-H", "authorization: Bearer \(RelayFixture.token)", "-H", "content-type: application/json",
                    "--data-binary", "@-", "-w", "\n%{http_version} %{http_code}",
                    "https://localhost:\(relay.port)/active/echo/responses",
                ],
                input: body
            )
            #expect(output.hasSuffix("\n2 200"))
            #expect(output.hasPrefix(FakeProvider.events(["Hello"]).joined()))
            #expect(relay.server.heldBytes == 0)
        }
    }

    @Test func anAnswerWaitsForAClientThatDoesNotRead() async throws {
        let respond: @Sendable (FakeProvider.Request) -> [FakeProvider.Step] = { request in
            request.body.contains("flood") ? [.flood(64 << 20)] : FakeProvider.answer()
        }
        try await Self.run(Setup(respond: respond)) { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            try await client.send([
                FrameClient.headers(1), FrameClient.data(1, #"{"model":"gpt-5.4","input":"flood"}"#),
                // The connection has room for more, this stream has not.
                FrameClient.windowUpdate(0, 1 << 20),
            ])
            await client.raw.until { _ in client.reply(1).body.utf8.count >= 65_535 }
            #expect(client.reply(1).body.utf8.count == 65_535)
            #expect(relay.upstream.floodedBytes < 32 << 20)
            try await client.send([FrameClient.headers(3), FrameClient.data(3)])
            #expect(await client.whole(3).status == 200)
            // The provider's idle time is two seconds.
            #expect(await client.whole(1).reset == 8)
            #expect(await relay.eventually(.relayOutcome, count: 2).contains { $0.contains("client_gone") })
        }
    }

    @Test func aBrokenAnswerIsReset() async throws {
        let respond: @Sendable (FakeProvider.Request) -> [FakeProvider.Step] = { _ in
            [
                .send(FakeProvider.streamHead), .send(FakeProvider.chunk("data: {}\n\n")), .wait(milliseconds: 50),
                .close,
            ]
        }
        try await Self.run(Setup(respond: respond)) { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            try await client.send([FrameClient.headers(1), FrameClient.data(1)])
            let reply = await client.whole(1)
            #expect(reply.status == 200 && !reply.isEnded && reply.reset == 2)
        }
    }

    @Test func drainingSaysGoodbyeAndLetsStreamsEnd() async throws {
        let gate = Gate()
        let setup = Setup(
            settings: { $0.drainTimeout = .seconds(10) },
            respond: { _ in [.hold(gate)] + FakeProvider.answer() }
        )
        try await Self.run(setup) { relay, tls in
            let idle = try await FrameClient.connect(port: relay.port, tls: tls)
            let busy = try await FrameClient.connect(port: relay.port, tls: tls)
            try await busy.send([FrameClient.headers(1), FrameClient.data(1)])
            for _ in 0..<1_000 where relay.upstream.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            async let stopped: Void = relay.server.stop()
            await busy.raw.until { _ in !busy.farewells.isEmpty }
            #expect(busy.farewells == [0])
            // As a good client: the answer to the ping that follows the goodbye.
            let ping = try #require(busy.frames.last { $0.type == 6 })
            try await busy.send([Frame(type: 6, flags: 1, payload: ping.payload)])
            gate.open()
            #expect(await busy.whole(1).isEnded)
            await stopped
            #expect(busy.farewells == [0, 0])
            _ = await idle.raw.untilEnd()
            #expect(idle.farewells == [0])
        }
    }

    // MARK: Bad requests

    @Test(arguments: [
        ("/active/echo/%72esponses", "relay", "https", []), ("/a//b", "relay", "https", []),
        ("/active/../echo", "relay", "https", []), ("/active/echo/responses", "re@lay", "https", []),
        ("/active/echo/responses", "relay", "http", []), ("/active/echo/responses", nil, "https", []),
        ("/active/echo/responses", "relay", "https", [("host", "other")]),
        ("/active/echo/responses", "relay", "https", [("content-type", "a"), ("content-type", "b")]),
        ("/active/echo/responses", "relay", "https", [("x_y", "a")]),
        ("/active/echo/responses", "relay", "https", [("expect", "a")]),
    ])
    func aHeadThatHTTP1WouldRefuseIsRefused(
        path: String,
        authority: String?,
        scheme: String,
        more: [(String, String)]
    ) async throws {
        try await Self.run { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            let head = FrameClient.head(path, authority: authority, scheme: scheme, with: more)
            try await client.send([FrameClient.headers(1, head), FrameClient.data(1)])
            let reply = await client.whole(1)
            #expect(reply.status == 400)
            #expect(reply["keyreeve-error"] == "malformed_request")
            #expect(relay.upstream.connections == 0 && relay.server.strangers == 1)
            try await client.send([FrameClient.headers(3), FrameClient.data(3)])
            #expect(await client.whole(3).status == 200, "the connection is still good")
        }
    }

    @Test(arguments: [
        [("connection", "close")], [("transfer-encoding", "chunked")], [("upgrade", "websocket")],
        [("keep-alive", "1")], [("te", "gzip")], [("X-Upper", "a")], [("content-length", "1")],
        [("x-a", "b\r\nx-c: d")], [(":late", "a")], [("x-a", "b"), (":path", "/")], [(":method", "GET")],
    ])
    func aHeadThatHTTP2ForbidsIsReset(more: [(String, String)]) async throws {
        try await Self.run { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            try await client.send([FrameClient.headers(1, FrameClient.head(with: more)), FrameClient.data(1)])
            let reply = await client.whole(1)
            #expect(reply.reset == 1 || reply.status == 400)
            #expect(relay.upstream.connections == 0)
            try await client.send([FrameClient.headers(3), FrameClient.data(3)])
            #expect(await client.whole(3).status == 200, "the connection is still good")
        }
    }

    @Test func aStrangersBodyIsNotHeld() async throws {
        try await Self.run { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            try await client.send([FrameClient.headers(1, FrameClient.head(token: nil))])
            let piece = String(repeating: "a", count: 16_000)
            for _ in 0..<10 { try await client.send([FrameClient.data(1, piece, ends: false)]) }
            let reply = await client.whole(1)
            #expect(reply.status == 401 && reply["keyreeve-error"] == "sign_in_required")
            #expect(relay.server.heldBytes == 0)
        }
    }

    @Test func trailersAreRefused() async throws {
        try await Self.run { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            try await client.send([
                FrameClient.headers(1), FrameClient.data(1, ends: false),
                FrameClient.headers(1, [("x-checksum", "1")], ends: true),
            ])
            #expect(await client.whole(1).reset == 1)
            #expect(relay.upstream.connections == 0)
        }
    }

    @Test func aDrippingBodyIsCutOff() async throws {
        let settings: (inout RelaySettings) -> Void = {
            $0.bodyIdleTimeout = .seconds(1)
            $0.minimumBodyRate = 1_000
        }
        try await Self.run(Setup(settings: settings)) { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            try await client.send([FrameClient.headers(1)])
            // Never idle for a second, and never fast enough.
            for _ in 0..<100 where client.reply(1).status == 0 {
                try await client.send([FrameClient.data(1, " ", ends: false)])
                try await Task.sleep(for: .milliseconds(100))
            }
            let reply = await client.whole(1)
            #expect(reply.status == 408 && reply["keyreeve-error"] == "request_timeout")
            #expect(relay.server.heldBytes == 0)
        }
    }

    // MARK: Attacks

    /// Frames that no honest client sends.
    enum Attack: String, CaseIterable, Sendable {
        case rapidReset, continuationFlood, settingsFlood, pingFlood, priorityFlood, emptyData, zeroIncrement
        case windowOverflow, hugeHeaders, manyHeaders, tooManyStreams, evenStream, dataOnIdleStream, hugeFrame
        case badPreface, brokenHuffman, windowOfNothing

        var frames: [Frame] {
            let get = FrameClient.head("/active/echo/models", method: "GET")
            switch self {
            case .rapidReset:
                return (0..<400).flatMap { index in
                    let stream = 1 + 2 * index
                    return [FrameClient.headers(stream), Frame(type: 3, stream: stream, payload: FrameClient.word(8))]
                }
            case .continuationFlood:
                let piece = FrameClient.block([("x-a", "b")])
                return [Frame(type: 1, stream: 1, payload: FrameClient.block(get))]
                    + (0..<1_000).map { _ in Frame(type: 9, stream: 1, payload: piece) }
            case .settingsFlood: return (0..<1_000).map { _ in Frame(type: 4, payload: FrameClient.setting(4, 1_000)) }
            case .pingFlood: return (0..<1_000).map { _ in Frame(type: 6, payload: [UInt8](repeating: 1, count: 8)) }
            case .priorityFlood:
                return (0..<1_000).map { Frame(type: 2, stream: 1 + 2 * $0, payload: [0, 0, 0, 0, 1]) }
            case .emptyData:
                return [FrameClient.headers(1)] + (0..<1_000).map { _ in FrameClient.data(1, "", ends: false) }
            case .zeroIncrement: return [FrameClient.windowUpdate(0, 0)]
            case .windowOverflow:
                return [FrameClient.windowUpdate(0, 0x7fff_ffff), FrameClient.windowUpdate(0, 0x7fff_ffff)]
            case .hugeHeaders:
                let fields = (0..<4).map { ("x-\($0)", String(repeating: "a", count: 12_000)) }
                return [FrameClient.headers(1, get + fields[..<1], ends: true)]
                    + [Frame(type: 1, flags: 1, stream: 3, payload: FrameClient.block(get + fields[..<1]))]
                    + fields.dropFirst().map { Frame(type: 9, stream: 3, payload: FrameClient.block([$0])) }
            case .manyHeaders:
                return [FrameClient.headers(1, get + (0..<101).map { ("x-\($0)", "a") }, ends: true)]
            case .tooManyStreams: return (0..<200).map { FrameClient.headers(1 + 2 * $0) }
            case .evenStream: return [FrameClient.headers(2)]
            case .dataOnIdleStream: return [FrameClient.data(7)]
            case .hugeFrame: return [Frame(type: 0, stream: 1, payload: [UInt8](repeating: 0, count: 1 << 20))]
            case .badPreface: return [Frame(type: 4), Frame(type: 0x50)]
            case .brokenHuffman: return [Frame(type: 1, flags: 5, stream: 1, payload: [0, 0x82, 0xff, 0xff, 1, 0x61])]
            case .windowOfNothing: return [Frame(type: 4, payload: FrameClient.setting(4, 1 << 31))]
            }
        }

        /// Whether the attack costs only its own stream.
        var sparesTheConnection: Bool { self == .manyHeaders || self == .badPreface }
    }

    @Test(arguments: Attack.allCases)
    func anAttackEndsItsConnectionAndNothingElse(attack: Attack) async throws {
        try await Self.run(Setup(settings: { $0.maximumStreams = 100 })) { relay, tls in
            let bystander = try await FrameClient.connect(port: relay.port, tls: tls)
            let attacker = try await FrameClient.connect(port: relay.port, tls: tls)
            // The relay may close before all is sent.
            try? await attacker.send(attack.frames)
            if attack.sparesTheConnection {
                if attack == .manyHeaders { #expect(await attacker.whole(1).status == 431) }
                await attacker.raw.close()
            } else {
                _ = await attacker.raw.untilEnd()
                #expect(attacker.raw.isEnded, "the attacker is cut off")
                #expect(attacker.farewells.allSatisfy { $0 != 0 }, "with an error, where it is told at all")
            }
            try await bystander.send([FrameClient.headers(1), FrameClient.data(1)])
            #expect(await bystander.whole(1).status == 200)
            await bystander.raw.close()
            for _ in 0..<1_000 where relay.server.openConnections > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(relay.server.openConnections == 0)
            #expect(relay.server.heldBytes == 0)
        }
    }

    @Test func aConnectionThatAsksNothingIsClosed() async throws {
        try await Self.run(
            Setup(settings: {
                $0.headTimeout = .milliseconds(100)
                $0.lingerTimeout = .milliseconds(100)
            })
        ) { relay, tls in
            let client = try await FrameClient.connect(port: relay.port, tls: tls)
            // A head that never ends opens no stream.
            try await client.send([Frame(type: 1, stream: 1, payload: FrameClient.block(FrameClient.head()))])
            _ = await client.raw.untilEnd()
            #expect(client.raw.isEnded)
            #expect(client.farewells.first == 0)
        }
    }
}

/// The command-line client, where this machine has one.
enum Curl {
    static let speaksHTTP2 = ((try? version()) ?? "").contains("HTTP2")

    private static func version() throws -> String {
        let pipe = Pipe()
        let process = make(["--version"])
        process.standardOutput = pipe
        try process.run()
        defer { process.waitUntilExit() }
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    /// What it wrote; the input comes from a file, since it is bigger than a pipe.
    static func run(_ arguments: [String], input: String) async throws -> String {
        let file = FileManager.default.temporaryDirectory.path + "/keyreeve-curl-" + UUID().uuidString
        try Data(input.utf8).write(to: URL(filePath: file))
        try Data().write(to: URL(filePath: file + "-out"))
        defer {
            for path in [file, file + "-out"] { try? FileManager.default.removeItem(atPath: path) }
        }
        let process = make(["-sS", "-m", "30"] + arguments)
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: file))
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: file + "-out"))
        try process.run()
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        return try String(contentsOfFile: file + "-out", encoding: .utf8)
    }

    private static func make(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl"] + arguments
        return process
    }
}
