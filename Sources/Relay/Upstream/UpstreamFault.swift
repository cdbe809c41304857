import Model

/// What went wrong on a provider's side.
enum UpstreamFault: Error, Hashable, Sendable {
    /// No connection: refused, unreachable, TLS refused. Nothing was sent.
    case notConnected
    /// The name leads to an address that must not be reached.
    case addressRefused
    case connectTimeout
    /// A kept connection ended before it answered anything; whether the request was seen is not known.
    case staleConnection
    /// Ended before its answer did.
    case cut
    case firstByteTimeout
    case idleTimeout
    case malformed

    /// What the client is told, where it can still be told anything.
    var failure: Failure {
        switch self {
        case .notConnected, .addressRefused, .staleConnection, .cut: .upstreamUnreachable
        case .connectTimeout, .firstByteTimeout, .idleTimeout: .upstreamTimeout
        case .malformed: .upstreamMalformed
        }
    }

    /// For the audit's `detail`.
    var detail: String {
        switch self {
        case .notConnected: "not connected"
        case .addressRefused: "address refused by egress rules"
        case .connectTimeout: "connect timeout"
        case .staleConnection: "kept connection ended"
        case .cut: "cut"
        case .firstByteTimeout: "no answer in time"
        case .idleTimeout: "stream idle"
        case .malformed: "malformed answer"
        }
    }
}
