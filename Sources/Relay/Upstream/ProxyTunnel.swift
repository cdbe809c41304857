import Cryptography
import NIOCore
import Policy
import Signing

/// Asks an outbound proxy for a tunnel on a fresh connection, and steps aside when it stands.
///
/// Strict: anything but a 2xx, and any byte behind its head, ends the connection, since the provider speaks only when
/// it has been spoken to.
final class ProxyTunnel: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let target: String
    private let authorization: Secret?
    private var completion: ((Bool) -> Void)?
    private var inbound = ByteBuffer()
    private var scanner = HeadScanner(maximumBytes: 16 << 10, maximumFields: 100)

    /// `completion` is told once whether the tunnel stands.
    init(to endpoint: UpstreamEndpoint, authorization: Secret?, completion: @escaping (Bool) -> Void) {
        target = endpoint.hostAndPort
        self.authorization = authorization
        self.completion = completion
    }

    func channelActive(context: ChannelHandlerContext) {
        var head = WipedBuffer(capacity: 2 * target.utf8.count + (authorization?.count ?? 0) + 128)
        head.append("CONNECT \(target) HTTP/1.1\r\nhost: \(target)\r\n")
        if let authorization {
            head.append("proxy-authorization: ")
            authorization.withBytes { head.append(Span<UInt8>(_bytes: $0)) }
            head.append("\r\n")
        }
        head.append("\r\n")
        let written = head
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in written.wipe() }
        context.writeAndFlush(wrapOutboundOut(written.buffer), promise: promise)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard completion != nil else { return }
        inbound.writeBuffer(&bytes)
        switch scanner.scan(inbound.readableBytesUInt8Span) {
        case .needMore: break
        case .problem: report(false, context)
        case .end(let count):
            let head = inbound.readBytes(length: count).flatMap { try? ResponseHead($0) }
            let status = head?.status ?? 0
            report((200..<300).contains(status) && inbound.readableBytes == 0, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        report(false, context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        report(false, context)
        context.close(promise: nil)
    }

    private func report(_ isOpen: Bool, _ context: ChannelHandlerContext) {
        guard let completion else { return }
        self.completion = nil
        if isOpen {
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } else {
            context.close(promise: nil)
        }
        completion(isOpen)
    }
}
