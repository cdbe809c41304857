import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Policy

/// Makes one connection to a provider: resolve, vet every address, connect to a vetted one, shake hands.
///
/// Everything within one deadline, and exactly one answer to `completion`; a connection that comes too late is closed.
final class UpstreamConnector {
    private let loop: RelayLoop
    private let key: UpstreamKey
    private let endpoint: UpstreamEndpoint
    private var completion: ((Result<UpstreamConnection, UpstreamFault>) -> Void)?
    private var channel: (any Channel)?
    private var timeout: Scheduled<Void>?
    private var addresses: ArraySlice<SocketAddress> = []

    /// Of a name's addresses, how many are tried.
    private static let maximumTried = 4

    init(
        loop: RelayLoop,
        key: UpstreamKey,
        endpoint: UpstreamEndpoint,
        completion: @escaping (Result<UpstreamConnection, UpstreamFault>) -> Void
    ) {
        self.loop = loop
        self.key = key
        self.endpoint = endpoint
        self.completion = completion
    }

    func start() {
        let limit = TimeAmount(loop.context.settings.connectTimeout)
        timeout = loop.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in finish(.failure(.connectTimeout))
        }
        NameResolver.resolve(host: endpoint.host, port: endpoint.port, on: loop.eventLoop)
            .assumeIsolated()
            .whenComplete { [self] result in
                guard case .success(let found) = result else { return finish(.failure(.notConnected)) }
                guard let vetted = loop.context.egress.vet(found) else { return finish(.failure(.addressRefused)) }
                addresses = vetted.prefix(Self.maximumTried)
                connectNext()
            }
    }

    private func connectNext() {
        guard completion != nil else { return }
        guard let address = addresses.popFirst() else { return finish(.failure(.notConnected)) }
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        ClientBootstrap(group: loop.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(TimeAmount(loop.context.settings.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.prepare(channel) }
            }
            .connect(to: address)
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .failure: connectNext()
                case .success(let channel):
                    guard completion != nil else { return channel.close(promise: nil) }
                    self.channel = channel
                    if endpoint.scheme == .http { succeed() }
                }
            }
    }

    private func prepare(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        if endpoint.scheme == .https {
            let isLiteral = (try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)) != nil
            // Without a name the certificate is checked against the address.
            let tls = try NIOSSLClientHandler(
                context: loop.context.upstreamTLS,
                serverHostname: isLiteral ? nil : endpoint.host
            )
            try pipeline.addHandler(tls)
            try pipeline.addHandler(HandshakeWatch(self))
        }
        try pipeline.addHandler(UpstreamConnection(key: key, loop: loop))
    }

    /// The handshake came to its end, one way or the other.
    fileprivate func shakenHands(_ succeeded: Bool) {
        guard completion != nil else { return }
        // Inside the connect call's own completion the channel is not known yet; it always is by the next turn.
        loop.eventLoop.assumeIsolated().execute { [self] in
            if succeeded, channel != nil { succeed() } else { finish(.failure(.notConnected)) }
        }
    }

    private func succeed() {
        guard let channel, channel.isActive,
            let connection = try? channel.pipeline.syncOperations.handler(type: UpstreamConnection.self)
        else { return finish(.failure(.notConnected)) }
        connection.ready()
        finish(.success(connection))
    }

    private func finish(_ result: Result<UpstreamConnection, UpstreamFault>) {
        guard let completion else { return }
        self.completion = nil
        timeout?.cancel()
        timeout = nil
        if case .failure = result { channel?.close(promise: nil) }
        channel = nil
        completion(result)
    }
}

/// Tells the connector how the TLS handshake went, and steps aside.
private final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var connector: UpstreamConnector?

    init(_ connector: UpstreamConnector) {
        self.connector = connector
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent {
            report(true)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        report(false)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        report(false)
        context.fireChannelInactive()
    }

    private func report(_ succeeded: Bool) {
        let connector = connector
        self.connector = nil
        connector?.shakenHands(succeeded)
    }
}
