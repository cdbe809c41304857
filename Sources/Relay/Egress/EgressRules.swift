import NIOCore

/// Decides which of a name's addresses may be connected to.
struct EgressRules: Sendable {
    /// Development only.
    let allowsLoopback: Bool

    /// The addresses to try, or nil when there is none, or when any of them must not be reached: a name that also
    /// points inside is not to be trusted with the rest.
    func vet(_ addresses: [SocketAddress]) -> [SocketAddress]? {
        guard !addresses.isEmpty else { return nil }
        for address in addresses {
            guard let parsed = EgressAddress(address) else { return nil }
            switch parsed.verdict {
            case .allowed: break
            case .loopback where allowsLoopback: break
            case .loopback, .refused: return nil
            }
        }
        return addresses
    }
}
