package import Audit
package import Credentials
package import Logging
import Model
package import NIOCore
import NIOPosix
import NIOSSL
package import Policy
import ServiceLifecycle
import Synchronization

/// The relay: one listener, and for each event loop what its connections need.
///
/// It owns no thread and starts no task per request; event loops come from the composition root. On graceful shutdown
/// it stops listening, lets running exchanges end, and then closes what is left.
package final class RelayServer: Service, Sendable {
    private let context: RelayContext
    private let group: any EventLoopGroup
    private let loops: [ObjectIdentifier: NIOLoopBoundBox<RelayLoop?>]
    private let listener = Mutex<(any Channel)?>(nil)

    /// How often requests without a proven organization are summed up for the platform's ledger.
    private static let summaryInterval = TimeAmount.minutes(1)

    /// Throws when a certificate or key cannot be read.
    package init(
        settings: RelaySettings,
        snapshots: SnapshotHolder,
        authenticator: any RelayAuthenticating,
        credentials: CredentialCache,
        audit: AuditLog,
        group: any EventLoopGroup,
        logger: Logger,
        catalog: @escaping @Sendable (EffectiveConfiguration, ProviderDefinition) -> [UInt8]
    ) throws {
        self.group = group
        context = RelayContext(
            settings: settings,
            snapshots: snapshots,
            authenticator: authenticator,
            credentials: credentials,
            audit: audit,
            catalog: catalog,
            upstreamTLS: try UpstreamTLS(bundles: settings.certificateBundles),
            certificate: try settings.listenerTLS.map { try ListenerCertificate($0, logger: logger) },
            connections: ConnectionCount(),
            held: ByteBudget(limit: settings.maximumHeldBytes),
            strangers: StrangerTally(),
            logger: logger
        )
        var loops: [ObjectIdentifier: NIOLoopBoundBox<RelayLoop?>] = [:]
        for eventLoop in group.makeIterator() {
            loops[ObjectIdentifier(eventLoop)] = .makeEmptyBox(valueType: RelayLoop.self, eventLoop: eventLoop)
        }
        self.loops = loops
    }

    /// Listens; the port, which the system may have chosen.
    @discardableResult
    package func start() async throws -> Int {
        for box in loops.values {
            try await box.eventLoop.submit { [context] in
                let loop = RelayLoop(context: context, eventLoop: box.eventLoop)
                loop.start()
                box.value = loop
            }.get()
        }
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
            .bind(host: context.settings.host, port: context.settings.port)
            .get()
        listener.withLock { $0 = channel }
        channel.eventLoop.scheduleRepeatedTask(
            initialDelay: Self.summaryInterval,
            delay: Self.summaryInterval
        ) { [context] task in
            guard channel.isActive else { return task.cancel() }
            if let summary = context.strangers.summarize() { context.audit.note(summary) }
        }
        let port = channel.localAddress?.port ?? context.settings.port
        context.logger.info("relay listens", metadata: ["listener.port": "\(port)"])
        return port
    }

    /// 1: a connection is taken in, on its own event loop.
    private func accept(_ channel: any Channel) throws {
        let hasRoom = context.connections.take(limit: context.settings.maximumConnections)
        channel.closeFuture.whenComplete { [connections = context.connections] _ in connections.giveBack() }
        guard hasRoom else { throw ChannelError.eof }
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)]?.value, !loop.isDraining else {
            throw ChannelError.eof
        }
        let peer = channel.remoteAddress?.ipAddress.flatMap { NetworkAddress($0) }
        try channel.pipeline.syncOperations.addHandler(Entrance(loop: loop, peer: peer))
    }

    package func run() async throws {
        if listener.withLock({ $0 == nil }) { try await start() }
        let interval = context.settings.certificateCheckInterval
        await withTaskGroup { group in
            if let certificate = context.certificate { group.addTask { await certificate.watch(every: interval) } }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        await stop()
    }

    /// Stops listening, waits for what runs up to the drain timeout, and closes the rest.
    package func stop() async {
        let channel = listener.withLock { listener in
            let channel = listener
            listener = nil
            return channel
        }
        try? await channel?.close().get()
        for box in loops.values { try? await box.eventLoop.submit { box.value?.drain() }.get() }
        let deadline = ContinuousClock.now + context.settings.drainTimeout
        while openConnections > 0, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for box in loops.values {
            try? await box.eventLoop.submit {
                box.value?.closeAll()
                box.value?.stop()
            }.get()
        }
        if let summary = context.strangers.summarize() { context.audit.note(summary) }
    }

    /// Connections of clients open now.
    package var openConnections: Int { context.connections.current }
    /// Bytes of request bodies held now.
    package var heldBytes: Int { context.held.inUse }
    /// Requests without a proven organization that no summary has told yet.
    package var strangers: Int64 { context.strangers.total }
}
