import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
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
            throw Self.translated(error, server: Self.authority(of: request.url))
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

    /// Scheme and authority only: the rest of a URL has no place in a message.
    private static func authority(of url: String) -> String {
        url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: true).prefix(2).joined(separator: "//")
    }

    private static func translated(_ error: any Error, server: String) -> ClientError {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout: .timeout
        case let error as HTTPClientError where error == .readTimeout || error == .cancelled: .timeout
        case is CancellationError: .timeout
        case is NIOTooManyBytesError: .malformed("The answer of \(server) is too large.")
        case let error as NIOConnectionError: .unreachable("\(server): \(reason(error))")
        case let error as HTTPClientError: .unreachable("\(server): \(error.shortDescription)")
        case let error as IOError: .unreachable("\(server): \(reason(error))")
        case let error as ChannelError where error == .ioOnClosedChannel: .unreachable("\(server): connection closed")
        default: .unreachable("\(server): \(String(describing: error))")
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        let failures = error.connectionErrors.compactMap { $0.error as? IOError }
        guard let first = failures.first else { return "there is no such host" }
        return reason(first)
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET, EPIPE: "connection closed"
        case EHOSTUNREACH, ENETUNREACH: "no route to it"
        default: "network error \(error.errnoCode)"
        }
    }
}
