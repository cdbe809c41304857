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
        /// Texts, separated by commas outside TOML.
        case list
        case number
        case count
        case flag
        case secret
    }

    var kind: Kind {
        switch self {
        case .controlPort, .relayPort: .number
        case .relayConnections, .relayConnectionsPerAddress, .relayBodyTimeout: .count
        case .controlTLSEndsInFront, .relayTLSEndsInFront, .relayProxyProtocol: .flag
        case .relayTrustedProxies: .list
        case .databasePassword: .secret
        default: .text
        }
    }

    /// `KEYREEVE_CONTROL__PORT` for `control.port`.
    var environmentName: String {
        "KEYREEVE_" + rawValue.replacing(".", with: "__").uppercased()
    }
}
