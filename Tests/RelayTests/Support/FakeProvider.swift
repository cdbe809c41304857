import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A provider that does as a script says, as rude as it may be.
final class FakeProvider: Sendable {
    struct Request: Sendable {
        /// From 1, over all connections.
        let number: Int
        /// From 1.
        let connection: Int
        let head: String
        let body: String
    }

    enum Step: Sendable {
        case send(String)
        case wait(milliseconds: Int64)
        /// Goes on when the test opens the gate.
        case hold(Gate)
        /// Sends this many bytes of `a` as fast as they are taken, with a length in the head.
        case flood(Int)
        case close
        /// Closes the socket under everything, TLS included.
        case reset
        /// Answers before the request's body is there: only as the first step.
        case early
    }

    let port: Int
    private let channel: any Channel
    private let seen = Mutex<[Request]>([])
    private let opened = Atomic<Int>(0)
    private let closed = Atomic<Int>(0)
    private let flooded = Atomic<Int>(0)
    fileprivate let respond: @Sendable (Request) -> [Step]

    var requests: [Request] { seen.withLock { $0 } }
    var connections: Int { opened.load(ordering: .relaxed) }
    var closedConnections: Int { closed.load(ordering: .relaxed) }
    /// Bytes of a flood that the system has taken.
    var floodedBytes: Int { flooded.load(ordering: .relaxed) }

    private init(channel: any Channel, respond: @escaping @Sendable (Request) -> [Step]) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
        self.respond = respond
    }

    static func start(
        group: any EventLoopGroup,
        tls: NIOSSLContext? = nil,
        respond: @escaping @Sendable (Request) -> [Step]
    ) async throws -> FakeProvider {
        let holder = Mutex<FakeProvider?>(nil)
        let box = Box(holder)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let provider = box.value else { throw ChannelError.eof }
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(ProviderHandler(provider))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let provider = FakeProvider(channel: channel, respond: respond)
        box.set(provider)
        return provider
    }

    func stop() async {
        try? await channel.close().get()
    }

    fileprivate func connected() -> Int { opened.add(1, ordering: .relaxed).newValue }
    fileprivate func disconnected() { closed.add(1, ordering: .relaxed) }
    fileprivate func took(_ count: Int) { flooded.add(count, ordering: .relaxed) }

    fileprivate func note(connection: Int, head: String, body: String) -> Request {
        seen.withLock { seen in
            let request = Request(number: seen.count + 1, connection: connection, head: head, body: body)
            seen.append(request)
            return request
        }
    }

    private final class Box: Sendable {
        private let holder: Mutex<FakeProvider?>

        init(_ holder: consuming Mutex<FakeProvider?>) { self.holder = holder }

        var value: FakeProvider? { holder.withLock { $0 } }
        func set(_ provider: FakeProvider) { holder.withLock { $0 = provider } }
    }
}

extension FakeProvider {
    static let usage = #"{"input_tokens":12,"output_tokens":3,"input_tokens_details":{"cached_tokens":8}}"#

    static func events(_ texts: [String]) -> [String] {
        texts.map { "event: response.output_text.delta\ndata: {\"type\":\"delta\",\"delta\":\"\($0)\"}\n\n" }
            + ["data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"usage\":\(usage)}}\n\n"]
    }

    static func chunk(_ text: String) -> String {
        String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
    }

    static let streamHead =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
        + "x-request-id: up-1\r\nset-cookie: a=b\r\nserver: fake\r\n\r\n"

    /// A short stream.
    static func answer(_ texts: [String] = ["Hello"]) -> [Step] {
        [.send(streamHead)] + events(texts).map { .send(chunk($0)) } + [.send("0\r\n\r\n")]
    }

    static func plain(_ status: Int, _ body: String, headers: String = "") -> [Step] {
        [
            .send(
                "HTTP/1.1 \(status) Status\r\ncontent-type: application/json\r\n\(headers)"
                    + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
            )
        ]
    }
}

private final class ProviderHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let provider: FakeProvider
    private var inbound = ""
    private var connection = 0
    private var steps: ArraySlice<FakeProvider.Step> = []
    private var isBusy = false
    private var remainingFlood = 0

    init(_ provider: FakeProvider) { self.provider = provider }

    func channelActive(context: ChannelHandlerContext) { connection = provider.connected() }
    func channelInactive(context: ChannelHandlerContext) { provider.disconnected() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbound += String(buffer: unwrapInboundIn(data))
        guard !isBusy, let end = inbound.firstRange(of: "\r\n\r\n") else { return }
        let head = String(inbound[..<end.lowerBound])
        let body = String(inbound[end.upperBound...])
        let length = RawAnswer(inbound)?.field("content-length").flatMap { Int($0) } ?? 0
        guard body.utf8.count >= length || head.contains("/early/") || length > 1 << 20 else { return }
        isBusy = true
        inbound = ""
        let request = provider.note(connection: connection, head: head, body: body)
        steps = provider.respond(request)[...]
        next(context)
    }

    private func next(_ context: ChannelHandlerContext) {
        guard let step = steps.popFirst() else {
            isBusy = false
            return
        }
        switch step {
        case .early: next(context)
        case .send(let text):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            next(context)
        case .wait(let milliseconds):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { bound.value.0.next(bound.value.1) }
        case .hold(let gate): hold(gate, context)
        case .flood(let count):
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: \(count)\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
            remainingFlood = count
            flood(context)
        case .close: context.close(promise: nil)
        case .reset:
            // From below the TLS handler, which would say goodbye otherwise.
            let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            (tls ?? context).close(promise: nil)
        }
    }

    private func hold(_ gate: Gate, _ context: ChannelHandlerContext) {
        guard !gate.isOpen else { return next(context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(5)) { bound.value.0.hold(gate, bound.value.1) }
    }

    private func flood(_ context: ChannelHandlerContext) {
        let count = min(remainingFlood, 64 << 10)
        guard count > 0 else { return next(context) }
        remainingFlood -= count
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess {
            bound.value.0.provider.took(count)
            bound.value.0.flood(bound.value.1)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: UInt8(ascii: "a"), count: count)), promise: promise)
    }
}

/// Lets a test decide when a fake provider goes on.
final class Gate: Sendable {
    private let state = Mutex(false)

    var isOpen: Bool { state.withLock { $0 } }

    func open() {
        state.withLock { $0 = true }
    }
}
