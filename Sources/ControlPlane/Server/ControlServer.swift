package import Audit
package import Cryptography
package import FoundationEssentials
import Hummingbird
import Identity
package import Logging
package import Model
import NIOCore
package import Policy
package import PolicyDocuments
package import ServiceLifecycle
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
        let application = Application(
            responder: ControlListener(reception: reception),
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(30),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16_384,
                        maxHeaderListSize: 32_768,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: "keyreeve"),
            onServerRunning: { [onListening] channel in
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: logger
        )
        do {
            try await application.run()
        } catch {
            await issuerClient.shutdown()
            throw error
        }
        await issuerClient.shutdown()
    }
}
