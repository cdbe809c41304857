import Model
import NIOCore
import NIOHTTP2
import NIOSSL
import NIOTLS

/// The way in: everything between a socket's acceptance and the first byte of HTTP. Takes a trusted proxy's PROXY
/// header, sees that the client's address has room, ends TLS, and leaves when the protocol is known.
final class Entrance: ChannelInboundHandler, RemovableChannelHandler, ListenerConnection {
    typealias InboundIn = ByteBuffer

    private enum Stage {
        case proxyHeader
        case handshake
        case passed
    }

    private let loop: RelayLoop
    private var origin: ClientOrigin
    private(set) var deadline: NIODeadline?
    private var stage = Stage.passed
    private var inbound = ByteBuffer()
    private var context: ChannelHandlerContext?

    private var settings: RelaySettings { loop.context.settings }

    init(loop: RelayLoop, peer: NetworkAddress?) {
        self.loop = loop
        origin = ClientOrigin(peer, trusted: loop.context.settings.trustedProxies)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        deadline = .now() + TimeAmount(settings.handshakeTimeout)
        if origin.isTrustedProxy, settings.requiresProxyHeader {
            stage = .proxyHeader
        } else {
            admit(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loop.remove(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        loop.remove(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A handshake that failed: TLS has said what it can.
        context.close(promise: nil)
    }

    // MARK: PROXY

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .proxyHeader = stage else { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        inbound.writeBuffer(&bytes)
        do {
            guard let header = try ProxyHeader.read(&inbound) else { return }
            // A balancer's own connection keeps its address; a client's is a client's, whatever it claims to be.
            if case .client(let address?) = header { origin = ClientOrigin(address, trusted: []) }
        } catch {
            return refuse(context, .malformedRequest)
        }
        let rest = inbound
        inbound = ByteBuffer()
        admit(context)
        guard rest.readableBytes > 0, context.channel.isActive else { return }
        // From the front, so that TLS gets it where it was put ahead of us.
        context.pipeline.fireChannelRead(rest)
        context.pipeline.fireChannelReadComplete()
    }

    // MARK: Room

    private func admit(_ context: ChannelHandlerContext) {
        if let address = origin.address, !origin.isTrustedProxy, let limit = settings.maximumConnectionsPerAddress {
            let connections = loop.context.connections
            guard connections.takeShare(of: address, limit: limit) else { return refuse(context, .overloaded) }
            context.channel.closeFuture.whenComplete { _ in connections.giveBackShare(of: address) }
        }
        guard let certificate = loop.context.certificate else { return pass(context, speaksHTTP2: false) }
        stage = .handshake
        do {
            let tls = NIOSSLServerHandler(context: certificate.context)
            try context.pipeline.syncOperations.addHandler(tls, position: .before(self))
        } catch {
            context.close(promise: nil)
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ failure: Failure) {
        loop.context.strangers.count(failure, from: origin.text)
        stage = .passed
        context.close(promise: nil)
    }

    // MARK: Protocol

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshake = stage, case .handshakeCompleted(let negotiated) = event as? TLSUserEvent {
            pass(context, speaksHTTP2: negotiated == "h2")
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func pass(_ context: ChannelHandlerContext, speaksHTTP2: Bool) {
        stage = .passed
        do {
            if speaksHTTP2 {
                try HTTP2Connection.add(to: context.channel, after: self, loop: loop, origin: origin)
            } else {
                let connection = ClientConnection(loop: loop, origin: origin)
                try context.pipeline.syncOperations.addHandler(connection, position: .after(self))
            }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    // MARK: Ends

    func drain() { close() }
    func close() { context?.close(promise: nil) }

    func deadlinePassed() {
        deadline = nil
        loop.context.strangers.count(.requestTimeout, from: origin.text)
        close()
    }
}
