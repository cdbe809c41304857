/// What the operator lets documents name as a provider and the relay connect to; from the server's settings, so that
/// nobody who writes policy can widen it.
///
/// Used twice: on the text of a `base_url`, which refuses early what can be seen without a network, and on the
/// addresses that a name resolves to, at every connect.
package struct EgressRules: Hashable, Sendable {
    /// `http://` in clear, to loopback or private addresses only.
    package var plainHTTP = false
    /// Providers on this machine; development only.
    package var loopback = false
    /// The private ranges that hold providers. Only private ones can be opened: metadata services and link-local
    /// addresses stay shut whatever stands here.
    package var openedNetworks: [AddressRange] = []
    /// Where requests may go; empty for every global address and the opened networks.
    package var allowed: [EgressTarget] = []
    /// Where they may not go, whatever is allowed.
    package var denied: [EgressTarget] = []
    /// Environment variables of the server whose values `env_http_headers` of a relayed provider may send.
    package var environmentNames: Set<String> = []
    /// Ids of the private CA bundles that are registered.
    package var certificateBundles: Set<String> = []

    package init() {}

    /// Global addresses over TLS.
    package static let strict = EgressRules()

    /// For development on one machine.
    package static let development = EgressRules.strict.forDevelopment

    /// These rules, with this machine and private networks open, in clear too.
    package var forDevelopment: EgressRules {
        var rules = self
        rules.plainHTTP = true
        rules.loopback = true
        rules.openedNetworks = EgressAddress.privateNetworks
        return rules
    }

    // MARK: At a connect

    /// Whether a host may be connected to at all of its addresses: a name that also points inside is not to be trusted
    /// with the rest, and one without an address leads nowhere.
    package func permits(host: String, port: Int, addresses: [EgressAddress]) -> Bool {
        guard !addresses.isEmpty, !denied.contains(where: { $0.matches(host: host, port: port) }) else { return false }
        guard addresses.allSatisfy(permits) else { return false }
        return allowed.isEmpty || allowed.contains { $0.matches(host: host, port: port) }
            || addresses.allSatisfy { address in allowed.contains { $0.range?.contains(address) ?? false } }
    }

    private func permits(_ address: EgressAddress) -> Bool {
        let both = [address, address.carried].compactMap(\.self)
        let isDenied = denied.contains { target in both.contains { target.range?.contains($0) ?? false } }
        guard !isDenied else { return false }
        switch address.place {
        case .global: return true
        case .loopback: return loopback
        case .privateNetwork: return openedNetworks.contains { $0.contains(address) }
        case .never: return false
        }
    }

    /// Whether a name may be asked for where its addresses cannot be known: through a proxy that resolves it.
    package func permits(unresolvedHost host: String, port: Int) -> Bool {
        if let literal = EgressAddress(literal: host) {
            return permits(host: host, port: port, addresses: [literal])
        }
        guard !EgressAddress.isAmbiguous(host), loopback || !HostName.isLocal(host) else { return false }
        guard !denied.contains(where: { $0.matches(host: host, port: port) }) else { return false }
        return allowed.isEmpty || allowed.contains { $0.matches(host: host, port: port) }
    }

    // MARK: On a document

    /// Why an endpoint is refused, or nil.
    package func problem(with endpoint: UpstreamEndpoint) -> String? {
        let host = endpoint.host
        let literal = EgressAddress(literal: host)
        let place = literal?.place ?? (HostName.isLocal(host) ? .loopback : .global)
        switch place {
        case .never: return "base_url points to \(host), an address that is never a provider's"
        case .loopback where !loopback:
            return "base_url points to this server itself, which the operator does not allow"
        case .privateNetwork where !openedNetworks.contains { literal.map($0.contains) ?? false }:
            return "base_url points into a private network, which the operator does not allow"
        default: break
        }
        if let literal, !permits(literal) {
            return "base_url points to \(host), which the operator's egress rules deny"
        }
        if let problem = listProblem(host: host, port: endpoint.port, literal: literal) { return problem }
        guard endpoint.scheme == .http else { return nil }
        guard plainHTTP else { return "base_url must be https: the operator does not allow http" }
        return place == .global ? "base_url must be https: http is only for loopback and private addresses" : nil
    }

    private func listProblem(host: String, port: Int, literal: EgressAddress?) -> String? {
        let isDenied = denied.contains { $0.matches(host: host, port: port) }
        if isDenied { return "base_url points to \(host), which the operator's egress rules deny" }
        // Where ranges are allowed, a name's addresses decide, when it is connected to.
        let isOpen = allowed.isEmpty || (literal == nil && allowed.contains { $0.range != nil })
        guard isOpen || allowed.contains(where: { $0.matches(host: host, port: port) }) else {
            return "base_url points to \(host), which is not on the operator's egress list"
        }
        return nil
    }
}
