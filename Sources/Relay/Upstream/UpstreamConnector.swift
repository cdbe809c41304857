import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Policy

/// Makes one connection to a provider: resolve, vet every address, connect to a vetted one, shake hands.
///
/// Where the operator set a proxy, it is the proxy that is connected to, and asked for a tunnel to the provider's name.
/// The name is judged by the operator's lists, and so are its addresses as far as they can be known here; which one
/// the proxy takes is the proxy's.
///
/// Everything within one deadline, and exactly one answer to `completion`; a connection that comes too late is closed.
final class UpstreamConnector {
    private let loop: RelayLoop
    private let key: UpstreamKey
    private let endpoint: UpstreamEndpoint
    private let bundle: String?
    /// Nil where the provider is connected to directly.
    private let proxy: OutboundProxy?
    private var completion: ((Result<UpstreamConnection, UpstreamFault>) -> Void)?
    private var channel: (any Channel)?
    private var timeout: Scheduled<Void>?
    private var addresses: ArraySlice<SocketAddress> = []

    /// Of a name's addresses, how many are tried.
    private static let maximumTried = 4

    init(
        loop: RelayLoop,
        key: UpstreamKey,
        provider: ProviderDefinition,
        completion: @escaping (Result<UpstreamConnection, UpstreamFault>) -> Void
    ) {
        self.loop = loop
        self.key = key
        endpoint = provider.endpoint
        bundle = provider.broker.certificateBundle
        proxy = loop.context.settings.proxy.flatMap { $0.isBypassed(by: provider.endpoint) ? nil : $0 }
        self.completion = completion
    }

    private var egress: EgressRules { loop.context.settings.egress }

    func start() {
        guard loop.context.upstreamTLS.context(bundle: bundle) != nil else {
            return finish(.failure(.unknownCertificateBundle))
        }
        let limit = TimeAmount(loop.context.settings.connectTimeout)
        timeout = loop.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in finish(.failure(.connectTimeout))
        }
        resolve(endpoint.host, endpoint.port) { [self] found in
            if let proxy { reach(proxy, found) } else { reach(found) }
        }
    }

    /// Directly.
    private func reach(_ found: [SocketAddress]?) {
        guard let found, !found.isEmpty else { return finish(.failure(.notConnected)) }
        guard permits(found) else { return finish(.failure(.addressRefused)) }
        addresses = found.prefix(Self.maximumTried)
        connectNext()
    }

    /// Through the operator's proxy, whose own address is nobody else's to say.
    private func reach(_ proxy: OutboundProxy, _ found: [SocketAddress]?) {
        // Without a name the certificate would be checked against the proxy's address.
        guard endpoint.scheme == .http || EgressAddress(literal: endpoint.host) == nil else {
            return finish(.failure(.addressRefused))
        }
        // Behind a proxy, names of the outside often have no addresses here.
        let known = found ?? []
        let isPermitted =
            known.isEmpty
            ? egress.permits(unresolvedHost: endpoint.host, port: endpoint.port) : permits(known)
        guard isPermitted else { return finish(.failure(.addressRefused)) }
        resolve(proxy.host, proxy.port) { [self] found in
            guard let found, !found.isEmpty else { return finish(.failure(.notConnected)) }
            addresses = found.prefix(Self.maximumTried)
            connectNext()
        }
    }

    private func permits(_ found: [SocketAddress]) -> Bool {
        let judged = found.map { EgressAddress($0) }
        let addresses = judged.compactMap { $0 }
        guard addresses.count == judged.count else { return false }
        return egress.permits(host: endpoint.host, port: endpoint.port, addresses: addresses)
    }

    /// Nil for a name that could not be looked up.
    private func resolve(_ host: String, _ port: Int, _ body: @escaping ([SocketAddress]?) -> Void) {
        NameResolver.resolve(host: host, port: port, on: loop.eventLoop)
            .assumeIsolated()
            .whenComplete { [self] result in
                guard completion != nil else { return }
                body(try? result.get())
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
                    if proxy == nil, endpoint.scheme == .http { succeed() }
                }
            }
    }

    private func prepare(_ channel: any Channel) throws {
        guard let proxy else { return try addProtocols(channel) }
        let tunnel = ProxyTunnel(to: endpoint, authorization: proxy.authorization) { [self] isOpen in
            // Inside the connect call's own completion the channel is not known yet; it always is by the next turn.
            loop.eventLoop.assumeIsolated().execute { [self] in tunnelled(isOpen) }
        }
        try channel.pipeline.syncOperations.addHandler(tunnel)
    }

    private func tunnelled(_ isOpen: Bool) {
        guard completion != nil else { return }
        guard isOpen, let channel, channel.isActive else { return finish(.failure(.proxyRefused)) }
        do { try addProtocols(channel) } catch { return finish(.failure(.notConnected)) }
        if endpoint.scheme == .http { succeed() }
    }

    private func addProtocols(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        if endpoint.scheme == .https {
            guard let context = loop.context.upstreamTLS.context(bundle: bundle) else { throw ChannelError.eof }
            let isLiteral = EgressAddress(literal: endpoint.host) != nil
            // Without a name the certificate is checked against the address.
            let tls = try NIOSSLClientHandler(context: context, serverHostname: isLiteral ? nil : endpoint.host)
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
