package import Cryptography
package import Policy

/// The operator's way out: an HTTP proxy that opens tunnels with CONNECT. TLS is with the provider, through it, so the
/// proxy learns the provider's name and nothing of a request.
package struct OutboundProxy: Sendable {
    let host: String
    let port: Int
    /// The value of `Proxy-Authorization`.
    let authorization: Secret?
    let exceptions: [EgressTarget]

    /// - Parameters:
    ///   - url: `http://host:port`, without anything else. Nil for another form.
    ///   - authorization: The whole header value, `Basic …`.
    ///   - exceptions: What is connected to directly.
    package init?(url: String, authorization: Secret?, exceptions: [EgressTarget]) {
        guard case .success(let endpoint) = UpstreamEndpoint.parse(url) else { return nil }
        guard endpoint.scheme == .http, endpoint.basePath.isEmpty else { return nil }
        host = endpoint.host
        port = endpoint.port
        self.authorization = authorization
        self.exceptions = exceptions
    }

    func isBypassed(by endpoint: UpstreamEndpoint) -> Bool {
        exceptions.contains { $0.matches(host: endpoint.host, port: endpoint.port) }
    }
}
