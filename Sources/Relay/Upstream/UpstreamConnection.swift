import Model
import NIOCore

/// Told what comes back from a provider, on the event loop, in order, and nothing after `upstreamFailed` or
/// `upstreamEnded`.
protocol UpstreamDelegate: AnyObject {
    func upstreamAnswered(_ head: ResponseHead)
    func upstreamSent(_ piece: ByteBuffer)
    func upstreamReadComplete()
    func upstreamEnded()
    func upstreamFailed(_ fault: UpstreamFault)
}

/// The provider's side: one request at a time on one connection, and the strict reading of its answer.
///
/// A connection is used again only when the request went out whole, the answer ended, and nothing followed it. An
/// answer may come before the request is written; then the connection has no second life.
final class UpstreamConnection: ChannelInboundHandler, DeadlineBearing {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case connecting
        case idle
        case head
        case body
        /// The answer ended or was given up; the request may still be on its way out.
        case done
        case closed
    }

    let key: UpstreamKey
    private(set) var deadline: NIODeadline?
    private let loop: RelayLoop
    private var context: ChannelHandlerContext?
    private weak var delegate: (any UpstreamDelegate)?
    private var state = State.connecting
    private var inbound = ByteBuffer()
    private var scanner: HeadScanner
    private var decoder = BodyDecoder(.none, allowsTrailers: true)
    private var isRequestWritten = false
    private var canBeKept = false
    private var isReused = false
    private var hasAnswered = false
    private var idleTimeout: Duration = .seconds(300)
    /// When the exchange as a whole has taken too long.
    private var end = NIODeadline.distantFuture
    private let opened = NIODeadline.now()
    private var isPaused = false

    /// 16 heads of 1xx before the answer: more is a provider that makes fun of us.
    private static let maximumInformational = 16
    private var informational = 0

    init(key: UpstreamKey, loop: RelayLoop) {
        self.key = key
        self.loop = loop
        scanner = HeadScanner(maximumBytes: 64 << 10, maximumFields: 200)
    }

    var isUsable: Bool {
        if case .idle = state { context?.channel.isActive ?? false } else { false }
    }

    // MARK: Sending

    /// Connected, handshake included.
    func ready() {
        if case .connecting = state { state = .idle }
    }

    /// Sends a request. `firstByte` and `idle` bound how long the answer may keep us waiting, `end` all of it: a
    /// provider that dribbles is never idle.
    func send(
        _ request: consuming SignedRequest,
        body: HeldBody,
        delegate: any UpstreamDelegate,
        firstByte: Duration,
        idle: Duration,
        end: NIODeadline
    ) {
        guard case .idle = state, let context else {
            request.discard()
            delegate.upstreamFailed(.staleConnection)
            return
        }
        self.delegate = delegate
        state = .head
        inbound.clear()
        scanner.reset()
        isRequestWritten = false
        hasAnswered = false
        canBeKept = false
        informational = 0
        idleTimeout = idle
        self.end = end
        loop.watch(self)
        wait(firstByte)

        let head = request.take()
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let written = context.eventLoop.makePromise(of: Void.self)
        context.write(wrapOutboundOut(head.buffer), promise: written)
        written.futureResult.whenComplete { _ in head.wipe() }
        let all = body.pieces.isEmpty ? nil : context.eventLoop.makePromise(of: Void.self)
        for (index, piece) in body.pieces.enumerated() {
            context.write(wrapOutboundOut(piece), promise: index == body.pieces.count - 1 ? all : nil)
        }
        (all ?? written).futureResult.whenSuccess { bound.value.requestWritten() }
        context.flush()
    }

    private func requestWritten() {
        isRequestWritten = true
    }

    /// Waits for the next sign of life.
    private func wait(_ limit: Duration) {
        deadline = min(.now() + TimeAmount(limit), end)
    }

    /// Stops or resumes reading: back-pressure from a client that does not keep up. While stopped, the provider's
    /// silence is our doing, so only the end of everything is waited for.
    func setPaused(_ paused: Bool) {
        guard paused != isPaused, let context else { return }
        isPaused = paused
        if case .body = state {
            if paused { deadline = end } else { wait(idleTimeout) }
        }
        try? context.channel.syncOptions?.setOption(.autoRead, value: !paused)
    }

    /// The answer is not wanted any more.
    func cancel() {
        delegate = nil
        switch state {
        case .done, .idle, .closed: break
        case .connecting, .head, .body: close()
        }
    }

    func close() {
        delegate = nil
        context?.close(promise: nil)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended(.cut)
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch state {
        case .head, .body: break
        case .connecting, .idle, .done:
            // Unasked-for bytes: whose answer they are cannot be known.
            canBeKept = false
            return context.close(promise: nil)
        case .closed: return
        }
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeBuffer(&bytes) }
        read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        delegate?.upstreamReadComplete()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .body = state, decoder.endsAtClose { finish() }
        ended(.cut)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A TLS connection cut without its farewell must not pass for the end of an answer.
        ended(.cut)
        context.close(promise: nil)
    }

    private func ended(_ fault: UpstreamFault) {
        let previous = state
        state = .closed
        deadline = nil
        switch previous {
        case .closed: return
        case .idle: loop.upstreams.remove(self)
        case .connecting, .done: break
        case .head: fail(isReused && !hasAnswered && inbound.readableBytes == 0 ? .staleConnection : fault)
        case .body: fail(fault)
        }
        loop.unwatch(self)
    }

    private func fail(_ fault: UpstreamFault) {
        let delegate = delegate
        self.delegate = nil
        delegate?.upstreamFailed(fault)
    }

    // MARK: Reading the answer

    private func read() {
        do throws(FramingProblem) {
            while case .head = state {
                guard try readHead() else { return }
            }
            while case .body = state {
                switch try decoder.next(&inbound) {
                case .needMore:
                    // A body of known length may have ended with its last byte.
                    if decoder.isEnded { finish() }
                    return
                case .data(let piece):
                    if !isPaused { wait(idleTimeout) }
                    delegate?.upstreamSent(piece)
                    if decoder.isEnded { finish() }
                case .end: finish()
                }
            }
        } catch {
            ended(.malformed)
            context?.close(promise: nil)
        }
    }

    /// True when a head was read.
    private func readHead() throws(FramingProblem) -> Bool {
        switch scanner.scan(inbound.readableBytesUInt8Span) {
        case .needMore: return false
        case .problem(let problem): throw problem
        case .end(let count):
            scanner.reset()
            guard let bytes = inbound.readBytes(length: count) else { return false }
            let head = try ResponseHead(bytes)
            hasAnswered = true
            if head.isInformational {
                informational += 1
                guard head.status != 101, informational <= Self.maximumInformational else { throw .badStatus }
                return true
            }
            canBeKept = head.keepAlive
            decoder = BodyDecoder(head.framing, allowsTrailers: true)
            wait(idleTimeout)
            state = .body
            delegate?.upstreamAnswered(head)
            if case .body = state, decoder.isEnded { finish() }
            return true
        }
    }

    /// The answer is whole.
    private func finish() {
        guard case .body = state else { return }
        state = .done
        deadline = nil
        if inbound.readableBytes > 0 { canBeKept = false }
        let delegate = delegate
        self.delegate = nil
        // Pooled first: the client's next request, already here, may go out on it at once.
        settle()
        delegate?.upstreamEnded()
    }

    /// Back into the pool, or away.
    private func settle() {
        guard case .done = state, let context else { return }
        if isPaused { setPaused(false) }
        // After an early answer the next request would follow half a body.
        guard canBeKept, isRequestWritten, inbound.readableBytes == 0, context.channel.isActive, !isOld else {
            return context.close(promise: nil)
        }
        state = .idle
        isReused = true
        end = .distantFuture
        inbound = ByteBuffer()
        deadline = .now() + TimeAmount(loop.context.settings.upstreamIdleTimeout)
        if !loop.upstreams.put(self) { context.close(promise: nil) }
    }

    /// A name is looked up and its addresses are vetted again at least so often.
    private var isOld: Bool { NIODeadline.now() - opened > TimeAmount(loop.context.settings.upstreamMaximumAge) }

    func deadlinePassed() {
        deadline = nil
        let isOver = NIODeadline.now() >= end
        switch state {
        case .head:
            ended(isOver ? .totalTimeout : .firstByteTimeout)
            context?.close(promise: nil)
        case .body:
            ended(isOver ? .totalTimeout : .idleTimeout)
            context?.close(promise: nil)
        case .idle:
            loop.upstreams.remove(self)
            context?.close(promise: nil)
        case .connecting, .done, .closed: break
        }
    }
}
