import AsyncHTTPClient
import Audit
import ControlAPI
import Foundation
import Logging
import Model
import NIOCore
import NIOHTTP1
import Policy
import PolicyDocuments
import ServiceLifecycle
import Store
import Testing

@testable import ControlPlane

/// The listener itself, over TCP.
@Suite struct ControlServerTests {
    let fixture: ControlFixture
    init() throws { fixture = try ControlFixture() }

    /// Runs a server for the time of `body`, which is told its address.
    func withServer(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = ControlServer(
            settings: fixture.parts.settings,
            keys: fixture.parts.keys,
            repositories: fixture.parts.store,
            snapshots: fixture.snapshots,
            refresher: SnapshotRefresher(
                repository: SnapshotRepository(snapshot: fixture.database.snapshot) { _ in .empty },
                holder: fixture.snapshots,
                logger: logger
            ),
            audit: fixture.parts.audit,
            arena: fixture.arena,
            egress: .development,
            logger: logger,
            clock: { [fixture] in Date(timeIntervalSince1970: Double(fixture.now)) },
            onListening: { continuation.yield($0) }
        )
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body("http://127.0.0.1:\(port)")
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    func ask(_ request: HTTPClientRequest) async throws -> (HTTPClientResponse, [UInt8]) {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
        return (response, Array(try await response.body.collect(upTo: 1 << 20).readableBytesView))
    }

    @Test(.timeLimit(.minutes(3))) func answersCarryTheirHeadersAndProblemsTheirRequestID() async throws {
        try await withServer { address in
            let (health, body) = try await ask(HTTPClientRequest(url: address + "/healthz"))
            #expect(health.status == .ok)
            #expect(String(decoding: body, as: UTF8.self) == #"{"status":"ok"}"#)
            #expect(health.headers.first(name: "cache-control") == "no-store")
            let (missing, problem) = try await ask(HTTPClientRequest(url: address + "/v1/nothing?x=1"))
            #expect(missing.status == .notFound)
            #expect(missing.headers.first(name: "content-type") == "application/problem+json")
            let decoded = try JSONDecoder().decode(Problem.self, from: Data(problem))
            #expect(decoded.requestID == missing.headers.first(name: ControlHeader.requestID))
            #expect(missing.headers.contains(name: "date"))
        }
    }

    @Test(.timeLimit(.minutes(3))) func aTokenExchangeWorksOverTCPWithTheDatabaseAway() async throws {
        let bearer = try fixture.assertion(.developer)
        try await withServer { address in
            var request = HTTPClientRequest(url: address + "/v1/relay-tokens")
            request.method = .POST
            request.headers.add(name: "Authorization", value: "Bearer \(bearer)")
            request.body = .bytes(ByteBuffer(string: #"{"profile":"staging"}"#))
            let (response, body) = try await ask(request)
            #expect(response.status == .ok)
            #expect(try JSONDecoder().decode(RelayTokenAnswer.self, from: Data(body)).profile?.text == "staging")
            request.headers.add(name: "Authorization", value: "Bearer \(bearer)")
            #expect(try await ask(request).0.status == .badRequest)
        }
    }

    @Test(.timeLimit(.minutes(3))) func aBodyWithoutALengthIsCountedAsItComes() async throws {
        let bearer = try fixture.assertion(.policyAuthor)
        try await withServer { address in
            var request = HTTPClientRequest(url: address + "/v1/policy/plan")
            request.method = .POST
            request.headers.add(name: "Authorization", value: "Bearer \(bearer)")
            let piece = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 20)
            request.body = .stream(
                AsyncStream { continuation in
                    for _ in 0..<5 { continuation.yield(piece) }
                    continuation.finish()
                },
                length: .unknown
            )
            let (response, body) = try await ask(request)
            #expect(response.status == .payloadTooLarge)
            #expect(try JSONDecoder().decode(Problem.self, from: Data(body)).failure == .bodyTooLarge)
        }
    }
}
