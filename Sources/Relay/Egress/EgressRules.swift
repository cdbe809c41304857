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

extension EgressAddress {
    /// Where the address stands in `sockaddr_in` and `sockaddr_in6`, in bytes: behind family and port, and, in the
    /// second, the flow label.
    private static let offsetV4 = 4
    private static let offsetV6 = 8

    /// Nil for anything that is not an IP address.
    init?(_ address: SocketAddress) {
        let raw = unsafe address.withSockAddr { pointer, count in
            unsafe Array(UnsafeRawBufferPointer(start: pointer, count: count))
        }
        switch address {
        case .v4: self = .v4(Array(raw.dropFirst(Self.offsetV4).prefix(4)))
        case .v6: self = .v6(Array(raw.dropFirst(Self.offsetV6).prefix(16)))
        case .unixDomainSocket: return nil
        }
    }
}
