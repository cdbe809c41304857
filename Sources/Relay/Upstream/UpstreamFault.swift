import Model

/// What went wrong on a provider's side.
enum UpstreamFault: Error, Hashable, Sendable {
    /// No connection: refused, unreachable, TLS refused. Nothing was sent.
    case notConnected
    /// The name leads to an address that must not be reached.
    case addressRefused
    /// The outbound proxy did not open a tunnel.
    case proxyRefused
    /// Policy names a CA bundle that the operator's settings do not have (any more).
    case unknownCertificateBundle
    case connectTimeout
    /// A kept connection ended before it answered anything; whether the request was seen is not known.
    case staleConnection
    /// Ended before its answer did.
    case cut
    case firstByteTimeout
    case idleTimeout
    /// The exchange as a whole took too long.
    case totalTimeout
    case malformed

    /// Whether another attempt would meet the same.
    var isFinal: Bool { self == .addressRefused || self == .proxyRefused || self == .unknownCertificateBundle }

    /// What the client is told, where it can still be told anything.
    var failure: Failure {
        switch self {
        case .notConnected, .addressRefused, .proxyRefused, .unknownCertificateBundle, .staleConnection, .cut:
            .upstreamUnreachable
        case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: .upstreamTimeout
        case .malformed: .upstreamMalformed
        }
    }

    /// For the audit's `detail`.
    var detail: String {
        switch self {
        case .notConnected: "not connected"
        case .addressRefused: "address refused by egress rules"
        case .proxyRefused: "refused by the outbound proxy"
        case .unknownCertificateBundle: "CA bundle not registered"
        case .connectTimeout: "connect timeout"
        case .staleConnection: "kept connection ended"
        case .cut: "cut"
        case .firstByteTimeout: "no answer in time"
        case .idleTimeout: "stream idle"
        case .totalTimeout: "total time spent"
        case .malformed: "malformed answer"
        }
    }
}
