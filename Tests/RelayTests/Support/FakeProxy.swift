import NIOCore
import NIOPosix
import Synchronization

/// An HTTP proxy on loopback that leads every tunnel to one port, or answers whatever a test wants.
final class FakeProxy: Sendable {
    let port: Int
    private let channel: any Channel
    private let seen: Seen

    final class Seen: Sendable {
        let heads = Mutex<[String]>([])
    }

    var heads: [String] { seen.heads.withLock { $0 } }

    private init(_ channel: any Channel, _ seen: Seen) {
        self.channel = channel
        self.seen = seen
        port = channel.localAddress?.port ?? 0
    }

    static func start(
        to target: Int,
        answer: String = "HTTP/1.1 200 Connection established\r\n\r\n"
    ) async throws -> FakeProxy {
        let seen = Seen()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Doorman(target, answer, seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return FakeProxy(channel, seen)
    }

    func stop() async {
        try? await channel.close().get()
    }
}

/// Reads the CONNECT, opens the other side, and passes bytes on.
private final class Doorman: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let target: Int
    private let answer: String
    private let seen: FakeProxy.Seen
    private var inbound = ByteBuffer()
    private var other: (any Channel)?
    private var isOpen = false

    init(_ target: Int, _ answer: String, _ seen: FakeProxy.Seen) {
        self.target = target
        self.answer = answer
        self.seen = seen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if let other { return other.writeAndFlush(bytes, promise: nil) }
        inbound.writeBuffer(&bytes)
        let text = String(buffer: inbound)
        guard !isOpen, let end = text.firstRange(of: "\r\n\r\n") else { return }
        isOpen = true
        inbound.clear()
        seen.heads.withLock { $0.append(String(text[..<end.lowerBound])) }
        guard answer.contains(" 200 ") else {
            return context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
        let front = context.channel
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Passage(to: front))
                }
            }
            .connect(host: "127.0.0.1", port: target)
            .assumeIsolated()
            .whenSuccess { channel in
                bound.value.0.other = channel
                bound.value.1.writeAndFlush(NIOAny(ByteBuffer(string: bound.value.0.answer)), promise: nil)
            }
    }

    func channelInactive(context: ChannelHandlerContext) {
        other?.close(promise: nil)
    }
}

private final class Passage: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let front: any Channel

    init(to front: any Channel) { self.front = front }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        front.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { front.close(promise: nil) }
}
