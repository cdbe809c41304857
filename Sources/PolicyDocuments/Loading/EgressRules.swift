package import Policy

/// What the operator lets documents name as a provider, judged on the text of a `base_url`.
///
/// Addresses that a name resolves to are judged by the relay when it connects; this refuses early what can be seen
/// without a network.
package struct EgressRules: Hashable, Sendable {
    /// `http://` in clear, to loopback or private networks only.
    package let plainHTTP: Bool
    package let loopback: Bool
    package let privateNetworks: Bool

    package init(plainHTTP: Bool, loopback: Bool, privateNetworks: Bool) {
        self.plainHTTP = plainHTTP
        self.loopback = loopback
        self.privateNetworks = privateNetworks
    }

    /// Global addresses over TLS.
    package static let strict = EgressRules(plainHTTP: false, loopback: false, privateNetworks: false)
    /// For development on one machine.
    package static let development = EgressRules(plainHTTP: true, loopback: true, privateNetworks: true)

    /// Why an endpoint is refused, or nil.
    package func problem(with endpoint: UpstreamEndpoint) -> String? {
        let host = endpoint.host
        if IPAddress.isAmbiguous(host) { return "base_url names its host by a number that can be read in two ways" }
        let reach = IPAddress.reach(of: host)
        switch reach {
        case .linkLocal: return "base_url points to \(host), an address that is never a provider's"
        case .loopback where !loopback:
            return "base_url points to this server itself, which the operator does not allow"
        case .privateNetwork where !privateNetworks:
            return "base_url points into a private network, which the operator does not allow"
        default: break
        }
        guard endpoint.scheme == .http else { return nil }
        guard plainHTTP else { return "base_url must be https: the operator does not allow http" }
        return reach == .global ? "base_url must be https: http is only for loopback and private addresses" : nil
    }
}
