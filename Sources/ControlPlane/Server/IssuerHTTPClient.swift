import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// GETs what issuers publish: no redirects, three seconds in all, a mebibyte at most. Which addresses may be asked is
/// checked by whoever asks (`IssuerURL`).
struct IssuerHTTPClient: Sendable {
    static let largestDocument = 1 << 20

    enum Problem: Error {
        case status(UInt)
    }

    private let client: HTTPClient

    init() {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(3), read: .seconds(3))
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func document(at address: String) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "Accept", value: "application/json")
        let response = try await client.execute(request, timeout: .seconds(3))
        guard response.status == .ok else { throw Problem.status(response.status.code) }
        let body = try await response.body.collect(upTo: Self.largestDocument)
        return Array(body.readableBytesView)
    }

    func shutdown() async {
        try? await client.shutdown()
    }
}
