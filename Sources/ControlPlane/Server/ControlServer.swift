package import Audit
package import Cryptography
package import FoundationEssentials
import Identity
package import Logging
import Model
package import Policy
import ServiceLifecycle
package import Store

/// The control API: one listener, one route table.
package final class ControlServer: Service {
    private let settings: ControlSettings
    private let reception: Reception
    private let issuerClient: IssuerHTTPClient
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - egress: Which providers policy documents may name; the same rules as the snapshot compiler's.
    ///   - clock: The wall clock; tests give another.
    ///   - onListening: Told the port once connections are taken.
    package init(
        settings: ControlSettings,
        keys: ControlKeys,
        repositories: ControlRepositories,
        snapshots: SnapshotHolder,
        refresher: SnapshotRefresher,
        audit: AuditLog,
        arena: SecretArena,
        egress: EgressRules,
        logger: Logger,
        clock: @escaping @Sendable () -> Date = { Date() },
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        let client = IssuerHTTPClient()
        let parts = ControlParts(
            settings: settings,
            keys: keys,
            store: repositories,
            snapshots: snapshots,
            refresh: { try await refresher.refresh($0) },
            refusedOrganizations: { refresher.refusedOrganizations },
            audit: audit,
            arena: arena,
            egress: egress,
            issuers: IssuerDirectory(allowsLoopback: settings.allowsLoopbackIssuers) { address in
                try await client.document(at: address)
            },
            logger: logger
        )
        self.settings = settings
        reception = Reception(parts: parts, clock: clock)
        issuerClient = client
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let listener = ControlListener(reception: reception)
        do {
            try await listener.listen(host: settings.host, port: settings.port, logger: logger, then: onListening)
        } catch {
            await issuerClient.shutdown()
            throw error
        }
        await issuerClient.shutdown()
    }
}
