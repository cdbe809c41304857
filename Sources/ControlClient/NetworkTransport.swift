import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// HTTP over the network by AsyncHTTPClient.
///
/// The client and its event loops start with the first request, so that a command answered from a cache never pays
/// for them. Redirects are not followed: no route of ours gives one, and a token must not travel along.
package final class NetworkTransport: Transport {
    /// A plan's diff or a bundle is well below this.
    private static let largestAnswer = 16 * 1_024 * 1_024

    private let client = Mutex<HTTPClient?>(nil)
    private let userAgent: String

    package init(userAgent: String) { self.userAgent = userAgent }

    package func send(_ request: ClientRequest) async throws(ClientError) -> ClientReply {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        outgoing.headers.add(name: "user-agent", value: userAgent)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        if !request.body.isEmpty || request.method != .get { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        do {
            let deadline = NIODeadline.now() + TimeAmount(request.timeout)
            let response = try await started().execute(outgoing, deadline: deadline)
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            var headers: [String: String] = [:]
            for (name, value) in response.headers where headers[name.lowercased()] == nil {
                headers[name.lowercased()] = value
            }
            return ClientReply(status: Int(response.status.code), headers: headers, body: Array(body.readableBytesView))
        } catch {
            throw Self.translated(error)
        }
    }

    /// Closes every connection. Later requests open new ones.
    package func close() async {
        let client = client.withLock { client in
            defer { client = nil }
            return client
        }
        try? await client?.shutdown()
    }

    private func started() -> HTTPClient {
        client.withLock { client in
            if let client { return client }
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = .disallow
            configuration.timeout.connect = .seconds(5)
            configuration.connectionPool.retryConnectionEstablishment = false
            let new = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
            client = new
            return new
        }
    }

    private static func translated(_ error: any Error) -> ClientError {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout: .timeout
        case let error as HTTPClientError where error == .readTimeout || error == .cancelled: .timeout
        case is CancellationError: .timeout
        case let error as HTTPClientError: .unreachable(error.shortDescription)
        case is NIOTooManyBytesError: .malformed("The answer is too large.")
        case let error as IOError: .unreachable(error.description)
        default: .unreachable(String(describing: error))
        }
    }
}
