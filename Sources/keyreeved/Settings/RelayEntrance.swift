import Configuration
import Relay

/// How the relay's listener takes connections in: TLS, the proxies it believes, and how much it lets in.
struct RelayEntrance: Sendable {
    /// Nil where the listener speaks in clear.
    let tls: ListenerTLS?
    let trustedProxies: [AddressBlock]
    let requiresProxyHeader: Bool
    let connections: Int
    /// Nil sets no bound.
    let connectionsPerAddress: Int?
    let bodyTimeout: Duration

    /// - Parameter tlsEndsInFront: A proxy ends TLS; while it is not named, every client seems to come from its address.
    init(_ config: ConfigReader, tlsEndsInFront: Bool) throws(SettingsError) {
        var problems: [String] = []
        tls = Self.tls(config, &problems)
        var blocks: [AddressBlock] = []
        let proxies = config.stringArray(forKey: "relay.trusted_proxies") ?? []
        for text in proxies {
            if let block = AddressBlock(text) {
                blocks.append(block)
            } else {
                problems.append(
                    "relay.trusted_proxies names '\(text)'; write addresses or CIDR blocks such as \"10.0.0.0/8\", with no "
                        + "bits set past the prefix"
                )
            }
        }
        trustedProxies = blocks
        requiresProxyHeader = config.bool(forKey: "relay.proxy_protocol") ?? false
        if requiresProxyHeader, proxies.isEmpty {
            problems.append("relay.proxy_protocol needs relay.trusted_proxies: name the proxies that send the header")
        }
        connections = config.int(forKey: "relay.connections") ?? 30_000
        let share = config.int(forKey: "relay.connections_per_address")
        connectionsPerAddress = share ?? (tlsEndsInFront && proxies.isEmpty ? nil : 1_000)
        bodyTimeout = .seconds(config.int(forKey: "relay.body_timeout") ?? 300)
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    private static func tls(_ config: ConfigReader, _ problems: inout [String]) -> ListenerTLS? {
        let certificate = config.string(forKey: "relay.tls.certificate")
        let key = config.string(forKey: "relay.tls.key")
        let authority = config.string(forKey: "relay.tls.client_ca")
        let rule = config.string(forKey: "relay.tls.client_certificates")
        if let rule, rule != "required", rule != "optional" {
            problems.append("relay.tls.client_certificates is '\(rule)'; write \"required\" or \"optional\"")
        }
        if rule != nil, authority == nil {
            problems.append(
                "relay.tls.client_certificates needs relay.tls.client_ca: name the file of their authorities"
            )
        }
        guard let certificate, let key else {
            if certificate != nil || key != nil || authority != nil {
                problems.append("[relay.tls] needs both certificate and key: name the two PEM files")
            }
            return nil
        }
        return ListenerTLS(
            certificateFile: certificate,
            keyFile: key,
            clientCAFile: authority,
            requiresClientCertificate: rule != "optional"
        )
    }
}

extension RelayEntrance {
    /// - Parameter openFiles: How many files the process may have open.
    func apply(to settings: inout RelaySettings, openFiles: Int) {
        settings.listenerTLS = tls
        settings.trustedProxies = trustedProxies
        settings.requiresProxyHeader = requiresProxyHeader
        settings.maximumConnections = min(connections, OpenFiles.connections(within: openFiles))
        settings.maximumConnectionsPerAddress = connectionsPerAddress
        settings.bodyTimeout = bodyTimeout
    }
}
