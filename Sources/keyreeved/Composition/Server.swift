import Audit
import ControlPlane
import Credentials
import Cryptography
import Foundation
import Identity
import Logging
import NIOPosix
import PolicyDocuments
import Relay
import ServiceLifecycle
import Store
import UnixSignals

/// Puts the parts together and runs them as one group: what is listed first is started first and stopped last.
struct Server: Sendable {
    /// Which listeners a process runs.
    enum Role: String, Sendable, CaseIterable {
        case all
        case relay
        case control

        var relays: Bool { self != .control }
        var controls: Bool { self != .relay }
    }

    let groundwork: Groundwork
    let role: Role
    let isDevelopment: Bool
    let refreshTokens: RefreshTokens

    private var settings: Settings { groundwork.settings }

    init(_ groundwork: Groundwork, role: Role, isDevelopment: Bool) throws {
        self.groundwork = groundwork
        self.role = role
        self.isDevelopment = isDevelopment
        refreshTokens = RefreshTokens(key: try groundwork.sealer.purposeKey("refresh-token"))
    }

    /// The process's one logger, to standard error.
    static func logger(_ settings: Settings) -> Logger {
        var logger = Logger(label: "keyreeved") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = settings.logLevel
        return logger
    }

    /// Runs until SIGINT or SIGTERM, then lets requests end, ships the audit and closes the database.
    func run(with extras: [any Service]) async throws {
        let logger = groundwork.logger
        let database = groundwork.database
        var services: [any Service] = [
            groundwork.refresher,
            AuditSequencer(sequence: database.sequence, logger: logger),
            AuditShipper(journal: groundwork.journal, ship: database.ship, logger: logger),
            JournalWatch(journal: groundwork.journal),
        ]
        if role.relays { services.append(try relay()) }
        if role.controls { services.append(try await control()) }
        let group = ServiceGroup(
            configuration: .init(
                services: (services + extras).map { .init(service: $0) },
                gracefulShutdownSignals: [.sigint, .sigterm],
                logger: logger
            )
        )
        do {
            try await group.run()
        } catch {
            await close()
            throw error
        }
        await close()
    }

    private func close() async {
        groundwork.journal.close()
        await groundwork.database.close()
    }

    private var audit: AuditLog { AuditLog(journal: groundwork.journal) }

    private func apiTokenPepper() throws -> Secret {
        try groundwork.sealer.purposeKey("api-token-pepper")
    }

    private func relay() throws -> RelayServer {
        var relaySettings = RelaySettings(host: settings.relay.host, port: settings.relay.port)
        relaySettings.egress = groundwork.egress
        relaySettings.certificateBundles = settings.egress.certificateBundles
        relaySettings.environment = settings.egress.environment
        relaySettings.proxy = try settings.egress.proxy(arena: groundwork.arena)
        relaySettings.totalTimeout = settings.relayTotalTimeout
        relaySettings.streamKeepAlive = settings.relayStreamKeepAlive
        if isDevelopment { relaySettings.drainTimeout = .seconds(2) }
        let logger = groundwork.logger
        let openFiles = OpenFiles.raise()
        settings.relayEntrance.apply(to: &relaySettings, openFiles: openFiles)
        if relaySettings.maximumConnections < settings.relayEntrance.connections {
            logger.warning(
                "fewer connections than relay.connections asks for fit: raise the limit of open files (LimitNOFILE, ulimit -n)",
                metadata: ["relay.connections": "\(relaySettings.maximumConnections)", "open.files": "\(openFiles)"]
            )
        }
        do {
            try relaySettings.listenerTLS?.check()
        } catch {
            throw StartError(
                "the certificate and key of [relay.tls] cannot be used (\(error)); write a PEM pair that belongs together"
            )
        }
        return try RelayServer(
            settings: relaySettings,
            snapshots: groundwork.snapshots,
            authenticator: RelayAuthenticator(
                verifier: groundwork.verifier,
                snapshots: groundwork.snapshots,
                apiTokenPepper: try apiTokenPepper()
            ),
            credentials: CredentialCache(sealer: groundwork.sealer) { organization, name, error in
                logger.error(
                    "credential does not open",
                    metadata: [
                        "organization.id": "\(organization)", "credential.name": "\(name)", "error": "\(error)",
                    ]
                )
            },
            audit: audit,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger,
            catalog: { CodexCatalog.render($0, provider: $1) }
        )
    }

    private func control() async throws -> ControlServer {
        let signingKeys = SigningKeyRepository(app: groundwork.database.app, sealer: groundwork.sealer)
        let keys = ControlKeys(
            deployment: groundwork.deployment.id,
            relay: try await signingKeys.signingKey(for: .relay).key,
            session: try await signingKeys.signingKey(for: .session).key,
            configuration: try await signingKeys.signingKey(for: .configuration).key,
            verifier: groundwork.verifier,
            apiTokenPepper: try apiTokenPepper()
        )
        let controlSettings = ControlSettings(
            host: settings.control.host,
            port: settings.control.port,
            controlURL: settings.controlURL,
            relayURL: settings.relayURL,
            version: Keyreeved.version,
            allowsLoopbackIssuers: isDevelopment
        )
        return ControlServer(
            settings: controlSettings,
            keys: keys,
            repositories: ControlRepositories(
                database: groundwork.database,
                sealer: groundwork.sealer,
                refreshTokens: refreshTokens
            ),
            snapshots: groundwork.snapshots,
            refresher: groundwork.refresher,
            audit: audit,
            arena: groundwork.arena,
            egress: groundwork.egress,
            logger: groundwork.logger
        )
    }
}

/// A journal that cannot be written any more is never repaired in place: the process ends, drained, and its next start
/// recovers.
private struct JournalWatch: Service {
    let journal: Journal

    func run() async throws {
        let end = await cancelWhenGracefulShutdown { await journal.waitForEnd() }
        guard end == .unwritable else { return }
        throw StartError("the audit journal cannot be written any more; check the disk, then start again")
    }
}
