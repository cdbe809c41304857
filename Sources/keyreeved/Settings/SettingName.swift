/// Every setting there is: `section.key` in `keyreeved.toml`, `KEYREEVE_<SECTION>__<KEY>` in the environment.
///
/// An unknown name refuses to start, so a spelling mistake cannot silently leave a default in force.
enum SettingName: String, CaseIterable, Sendable {
    case controlHost = "control.host"
    case controlPort = "control.port"
    case controlTLSEndsInFront = "control.tls_ends_in_front"
    case relayHost = "relay.host"
    case relayPort = "relay.port"
    case relayPublicURL = "relay.public_url"
    case relayTLSEndsInFront = "relay.tls_ends_in_front"
    case relayTrustedProxies = "relay.trusted_proxies"
    case relayProxyProtocol = "relay.proxy_protocol"
    case relayConnections = "relay.connections"
    case relayConnectionsPerAddress = "relay.connections_per_address"
    case relayBodyTimeout = "relay.body_timeout"
    case relayTLSCertificate = "relay.tls.certificate"
    case relayTLSKey = "relay.tls.key"
    case relayTLSClientCA = "relay.tls.client_ca"
    case relayTLSClientCertificates = "relay.tls.client_certificates"
    case relayTotalTimeout = "relay.total_timeout_seconds"
    case relayStreamKeepAlive = "relay.stream_keep_alive_seconds"
    case egressAllow = "egress.allow"
    case egressDeny = "egress.deny"
    case egressPrivateNetworks = "egress.private_networks"
    case egressEnvironmentHeaders = "egress.environment_headers"
    case egressCABundles = "egress.ca_bundles"
    case egressProxy = "egress.proxy"
    case egressNoProxy = "egress.no_proxy"
    case egressProxyUser = "egress.proxy_user"
    case egressProxyPassword = "egress.proxy_password"
    case databaseURL = "database.url"
    case databaseMigrateURL = "database.migrate_url"
    case databasePassword = "database.password"
    case dataDirectory = "data.directory"
    case rootKeyPlace = "data.root_key"
    case rootKeyFile = "data.root_key_file"
    case migrationsDirectory = "data.migrations"
    case logLevel = "log.level"
}

extension SettingName {
    enum Kind: Sendable {
        case text
        case number
        case count
        case flag
        case secret
        /// A list of texts; between commas in the environment.
        case list
    }

    var kind: Kind {
        switch self {
        case .controlPort, .relayPort, .relayTotalTimeout, .relayStreamKeepAlive: .number
        case .relayConnections, .relayConnectionsPerAddress, .relayBodyTimeout: .count
        case .controlTLSEndsInFront, .relayTLSEndsInFront, .relayProxyProtocol: .flag
        case .databasePassword, .egressProxyPassword: .secret
        case .relayTrustedProxies, .egressAllow, .egressDeny, .egressPrivateNetworks, .egressEnvironmentHeaders,
            .egressCABundles, .egressNoProxy:
            .list
        default: .text
        }
    }

    /// `KEYREEVE_CONTROL__PORT` for `control.port`.
    var environmentName: String {
        "KEYREEVE_" + rawValue.replacing(".", with: "__").uppercased()
    }
}
