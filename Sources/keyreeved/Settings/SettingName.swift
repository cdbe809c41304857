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
        case flag
        case secret
    }

    var kind: Kind {
        switch self {
        case .controlPort, .relayPort: .number
        case .controlTLSEndsInFront, .relayTLSEndsInFront: .flag
        case .databasePassword: .secret
        default: .text
        }
    }

    /// `KEYREEVE_CONTROL__PORT` for `control.port`.
    var environmentName: String {
        "KEYREEVE_" + rawValue.replacing(".", with: "__").uppercased()
    }
}
