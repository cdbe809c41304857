import NIOCore
import NIOPosix
import Synchronization

/// The loopback redirect of one sign-in: `http://127.0.0.1:PORT/callback` (RFC 8252 section 7.3).
///
/// Reads at most one request line per connection, answers it and closes. It is not a web server.
package final class CallbackListener: Sendable {
    private let channel: any Channel
    private let inbox: Inbox
    /// What to give the issuer as `redirect_uri`.
    package let redirectURI: String

    /// Listens on any free port of 127.0.0.1.
    package init() async throws {
        let inbox = Inbox()
        self.inbox = inbox
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(CallbackHandler(inbox: inbox))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        redirectURI = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/callback"
    }

    /// Waits for the browser.
    ///
    /// - Returns: The code or the refusal; nil when the time ran out.
    package func wait(for question: CallbackQuestion, atMost timeout: Duration) async -> CallbackQuestion.Visit? {
        inbox.ask(question)
        return await withTaskGroup(of: CallbackQuestion.Visit?.self) { group in
            group.addTask {
                for await visit in self.inbox.visits { return visit }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    package func close() async {
        try? await channel.close()
    }
}

/// Hands the browser's one meaningful visit from the event loop to whoever waits.
private final class Inbox: Sendable {
    private let question = Mutex<CallbackQuestion?>(nil)
    private let continuation: AsyncStream<CallbackQuestion.Visit>.Continuation
    let visits: AsyncStream<CallbackQuestion.Visit>

    init() {
        (visits, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    func ask(_ new: CallbackQuestion) { question.withLock { $0 = new } }

    func visit(requestLine: String) -> CallbackQuestion.Visit {
        guard let question = question.withLock({ $0 }) else { return .stray(status: 503) }
        let visit = question.visit(requestLine: requestLine)
        if case .stray = visit { return visit }
        continuation.yield(visit)
        return visit
    }
}

/// One connection: collects the head up to 16 KiB, answers, closes.
private final class CallbackHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let largestHead = 16_384

    private let inbox: Inbox
    private var head: [UInt8] = []
    private var isAnswered = false

    init(inbox: Inbox) { self.inbox = inbox }

    func channelActive(context: ChannelHandlerContext) {
        // A browser's idle preconnect or a slow stranger goes away by itself.
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswered else { return }
        head.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        guard head.count <= Self.largestHead else { return answer(.stray(status: 431), context: context) }
        // The answer waits for the whole head: closing on unread bytes would reset the connection under the browser.
        guard hasEnded, let line = head.split(separator: UInt8(ascii: "\r"), maxSplits: 1).first else { return }
        answer(inbox.visit(requestLine: String(decoding: line, as: UTF8.self)), context: context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private var hasEnded: Bool { head.suffix(4).elementsEqual([13, 10, 13, 10]) }

    private func answer(_ visit: CallbackQuestion.Visit, context: ChannelHandlerContext) {
        isAnswered = true
        let text = CallbackPage(visit: visit).text
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
            .whenComplete { _ in channel.close(promise: nil) }
    }
}
