import Configuration
import Logging

/// Start-up configuration of the process: flags, then environment, then `keyreeved.toml`, then the defaults here.
struct Settings: Sendable {
    struct Listener: Sendable {
        let host: String
        let port: Int
        /// The operator's word that TLS ends in front of a listener that is reachable from elsewhere.
        let tlsEndsInFront: Bool

        var isLoopback: Bool { host == "127.0.0.1" || host == "::1" || host == "localhost" }
    }

    struct Database: Sendable {
        /// A libpq connection string without a user: each pool adds its own role.
        let url: String
        let migrateURL: String?
        let password: String?
    }

    let control: Listener
    let relay: Listener
    let relayEntrance: RelayEntrance
    /// Where developers' machines reach the relay, without a trailing slash.
    let relayURL: String
    let egress: EgressSettings
    /// All of an exchange with a provider.
    let relayTotalTimeout: Duration
    /// Nil sends no comments into silent streams.
    let relayStreamKeepAlive: Duration?
    let database: Database
    enum RootKeyPlace: String, CaseIterable, Sendable {
        case file
        /// The Secret Service of the session that the server runs in.
        case keyring
    }

    /// The journal lives here, and the root key unless it is kept elsewhere.
    let dataDirectory: String
    let rootKeyPlace: RootKeyPlace
    let rootKeyFile: String
    let migrationsDirectory: String
    let logLevel: Logger.Level

    /// - Parameter environment: The process's, of which the operator may let documents name variables.
    init(reading config: ConfigReader, environment: [String: String]) throws(SettingsError) {
        control = Listener(config, section: "control", port: 7400)
        relay = Listener(config, section: "relay", port: 7401)
        relayEntrance = try RelayEntrance(config, tlsEndsInFront: relay.tlsEndsInFront)
        let scheme = relayEntrance.tls == nil ? "http" : "https"
        relayURL = config.string(forKey: "relay.public_url") ?? "\(scheme)://\(relay.host):\(relay.port)"
        egress = try EgressSettings(config, environment: environment)
        relayTotalTimeout = .seconds(max(1, config.int(forKey: "relay.total_timeout_seconds") ?? 3_600))
        let silence = config.int(forKey: "relay.stream_keep_alive_seconds") ?? 0
        relayStreamKeepAlive = silence > 0 ? .seconds(silence) : nil
        database = Database(
            url: config.string(forKey: "database.url") ?? "dbname=keyreeve",
            migrateURL: config.string(forKey: "database.migrate_url"),
            password: config.string(forKey: "database.password", isSecret: true)
        )
        dataDirectory = config.string(forKey: "data.directory") ?? "/var/lib/keyreeve"
        let place = config.string(forKey: "data.root_key") ?? RootKeyPlace.file.rawValue
        guard let rootKeyPlace = RootKeyPlace(rawValue: place) else {
            throw SettingsError(problems: ["data.root_key is '\(place)'; write \"file\" or \"keyring\""])
        }
        self.rootKeyPlace = rootKeyPlace
        rootKeyFile = config.string(forKey: "data.root_key_file") ?? dataDirectory + "/root.key"
        migrationsDirectory = config.string(forKey: "data.migrations") ?? "/usr/share/keyreeve/migrations"
        let level = config.string(forKey: "log.level") ?? "info"
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw SettingsError(problems: [
                "log.level is '\(level)'; write one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
            ])
        }
        self.logLevel = logLevel
        try refuseOpenListeners()
    }

    /// A listener that others can reach without TLS would carry tokens in clear.
    private func refuseOpenListeners() throws(SettingsError) {
        var problems: [String] = []
        for (name, listener) in [("control", control), ("relay", relay)] {
            guard !listener.isLoopback, !listener.tlsEndsInFront else { continue }
            if name == "relay", relayEntrance.tls != nil { continue }
            problems.append(
                "\(name).host is \(listener.host), which others can reach, and there is no TLS: listen on 127.0.0.1, "
                    + (name == "relay" ? "name a certificate in [relay.tls], " : "")
                    + "or set \(name).tls_ends_in_front = true if a proxy in front ends TLS"
            )
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }
}

extension Settings.Listener {
    init(_ config: ConfigReader, section: String, port: Int) {
        host = config.string(forKey: ConfigKey("\(section).host")) ?? "127.0.0.1"
        self.port = config.int(forKey: ConfigKey("\(section).port")) ?? port
        tlsEndsInFront = config.bool(forKey: ConfigKey("\(section).tls_ends_in_front")) ?? false
    }
}

/// What is wrong with the settings, every problem at once, each a sentence that says what to write.
struct SettingsError: Error, CustomStringConvertible {
    let problems: [String]

    var description: String {
        "The settings have \(problems.count == 1 ? "an error" : "errors"):\n"
            + problems.map { "  " + $0 }.joined(separator: "\n")
    }
}

extension Settings {
    /// Where this machine reaches the control API.
    var controlURL: String { "http://\(control.host):\(control.port)" }
}
