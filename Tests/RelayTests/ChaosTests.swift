import Audit
import Foundation
import Testing

@testable import Relay

/// Clients and providers that leave at any moment, all at once.
@Suite(.serialized) struct ChaosTests {
    @Test func whateverEndsWheneverNothingIsLeftBehindAndEveryIntentIsSettled() async throws {
        let setup = Setup(
            settings: { settings in
                settings.firstByteTimeout = .milliseconds(200)
                settings.bodyIdleTimeout = .milliseconds(200)
                settings.lingerTimeout = .milliseconds(50)
            },
            retries: 1,
            respond: { request in
                let whole = FakeProvider.streamHead + FakeProvider.chunk(FakeProvider.events(["a", "b"]).joined())
                let cut = whole.bytes(to: Int.random(in: 0...whole.utf8.count))
                return switch Int.random(in: 0..<7) {
                case 0: [.close]
                case 1: [.send(cut), .close]
                case 2: [.send(cut), .wait(milliseconds: .random(in: 1...300)), .close]
                case 3: FakeProvider.plain(503, "{}", headers: "retry-after: 0\r\n")
                case 4: FakeProvider.plain(401, "{}")
                case 5: [.send(whole + "0\r\n\r\nHTTP/1.1 200 OK\r\n")]
                default: FakeProvider.answer()
                }
            }
        )
        try await RelayFixture.run(setup) { relay in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<24 {
                    group.addTask {
                        for _ in 0..<4 { try await Self.misbehave(RawClient.connect(port: relay.port)) }
                    }
                }
                try await group.waitForAll()
            }
            for _ in 0..<1_000 where relay.server.openConnections > 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(relay.server.openConnections == 0)
            #expect(relay.server.heldBytes == 0)

            let intents = relay.records(.relayIntent).count
            #expect(intents > 20)
            for _ in 0..<500 where Self.settled(relay) < intents { try await Task.sleep(for: .milliseconds(10)) }
            #expect(Self.settled(relay) == intents)

            // And it still serves.
            for _ in 0..<50 {
                let client = try await relay.client()
                try await client.send(Requests.get("/active/echo/models"))
                #expect(RawAnswer(await client.answer())?.status == 200)
                await client.close()
            }
        }
    }

    private static func settled(_ relay: RelayFixture) -> Int {
        relay.records(.relayOutcome).count + relay.records(.relayAbandoned).count
    }

    private static func misbehave(_ client: RawClient) async throws {
        let request = Requests.post()
        switch Int.random(in: 0..<5) {
        case 0:
            try? await client.send(request.bytes(to: .random(in: 0...request.utf8.count)))
            try await Task.sleep(for: .milliseconds(.random(in: 0...5)))
        case 1:
            try? await client.send(request)
            try await Task.sleep(for: .milliseconds(.random(in: 0...10)))
        case 2:
            try? await client.send(request + request + request)
            try await Task.sleep(for: .milliseconds(.random(in: 0...50)))
        case 3:
            try? await client.send(request + "rubbish\r\n\r\n")
            _ = await client.until { $0.contains("HTTP/1.1 ") }
        default:
            try? await client.send(request)
            await client.answer()
        }
        await client.close()
    }
}
