import Model
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One request of a client's HTTP/2 connection and its answer. What a request means is its `Exchange`'s business.
final class HTTP2Stream: ChannelInboundHandler, ExchangeClient, DeadlineBearing {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum State {
        case head
        /// A request is being received or answered.
        case exchange(Exchange)
        /// The answer is out. What the client still sends is thrown away for a while, so that it reads the answer.
        case answered
        case closed
    }

    /// Bytes that are thrown away before a refused request is reset.
    private static let maximumDiscarded = 256 << 10

    private let connection: HTTP2Connection
    private(set) var clientAddress: String
    private(set) var deadline: NIODeadline?
    private var context: ChannelHandlerContext?
    private var state = State.head
    private var isBodyEnded = false
    private var discarded = 0
    private var pace: BodyPace

    private var loop: RelayLoop { connection.loop }
    private var settings: RelaySettings { loop.context.settings }

    init(connection: HTTP2Connection) {
        self.connection = connection
        clientAddress = connection.origin.text
        pace = BodyPace(connection.loop.context.settings)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.watch(self)
        connection.streamOpened()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The stream was reset, or is about to be.
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .exchange(let exchange) = state { exchange.clientWritability(context.channel.isWritable) }
        context.fireChannelWritabilityChanged()
    }

    private func ended() {
        if case .closed = state { return }
        let old = state
        state = .closed
        deadline = nil
        loop.unwatch(self)
        connection.streamClosed()
        if case .exchange(let exchange) = old { exchange.clientGone() }
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let payload):
            if case .head = state { begin(payload) } else { refuseTrailers() }
        case .data(let payload):
            if case .byteBuffer(let piece) = payload.data { receive(piece) }
            if payload.endStream { endBody() }
        default: break
        }
    }

    private func begin(_ payload: HTTP2Frame.FramePayload.Headers) {
        isBodyEnded = payload.endStream
        let head: RequestHead
        do {
            head = try RequestHead(payload.headers, endsStream: payload.endStream, settings: settings)
        } catch {
            loop.context.strangers.count(error.failure, from: clientAddress)
            return write(Answer(error.failure, error.sentence), requestID: nil)
        }
        clientAddress = connection.origin.address(of: head, trusted: settings.trustedProxies)
        let exchange = Exchange(head: head, connection: self, loop: loop)
        state = .exchange(exchange)
        if !isBodyEnded { deadline = pace.deadline() }
        exchange.begin()
        guard case .exchange = state else { return }
        if isBodyEnded { return exchange.bodyEnded() }
        if head.expectsContinue, exchange.wantsBody { send(.headers(.init(headers: [":status": "100"]))) }
    }

    private func receive(_ piece: ByteBuffer) {
        if case .exchange(let exchange) = state, exchange.wantsBody {
            pace.took(piece.readableBytes)
            deadline = pace.deadline()
            exchange.receive(piece)
        } else {
            discarded &+= piece.readableBytes
            if case .answered = state, discarded > Self.maximumDiscarded { reset(.noError) }
        }
    }

    private func endBody() {
        isBodyEnded = true
        guard case .exchange(let exchange) = state else { return }
        deadline = nil
        exchange.bodyEnded()
    }

    private func refuseTrailers() {
        if case .exchange(let exchange) = state { exchange.clientMisframed() }
        reset(.protocolError)
    }

    // MARK: Answering

    func answer(_ answer: Answer, atOnce: Bool) {
        guard case .exchange(let exchange) = state else { return }
        write(answer, requestID: exchange.requestID)
        if atOnce, !isBodyEnded { reset(.noError) }
    }

    private func write(_ answer: Answer, requestID: String?) {
        var headers: HPACKHeaders = [":status": String(answer.status)]
        for field in answer.fields(requestID: requestID) { headers.add(name: field.name, value: field.value) }
        guard let context else { return }
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
        finish(with: ByteBuffer(bytes: answer.body))
    }

    func beginAnswer(status: Int, fields: [UInt8], framing: BodyFraming, requestID: String) {
        guard let context else { return }
        var headers: HPACKHeaders = [":status": String(status)]
        for line in fields.split(separator: 0x0a) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[colon...].dropFirst(2).dropLast()
            headers.add(
                name: String(decoding: line[..<colon], as: UTF8.self),
                value: String(decoding: value, as: UTF8.self)
            )
        }
        headers.add(name: "x-request-id", value: requestID)
        if case .fixed(let count) = framing { headers.add(name: "content-length", value: String(count)) }
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
    }

    func continueAnswer(_ piece: ByteBuffer) {
        guard let context, piece.readableBytes > 0 else { return }
        context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(piece)))), promise: nil)
    }

    func flushAnswer() { context?.flush() }

    func endAnswer() { finish(with: ByteBuffer()) }

    func abortAnswer() { reset(.internalError) }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func boundStall(_ limit: Duration?) {
        guard case .exchange = state, isBodyEnded else { return }
        deadline = limit.map { .now() + TimeAmount($0) }
    }

    /// Ends our side. The client has a while to read what is left, and to end its own.
    private func finish(with last: ByteBuffer) {
        if case .closed = state { return }
        state = .answered
        deadline = .now() + TimeAmount(isBodyEnded ? settings.bodyIdleTimeout : settings.lingerTimeout)
        send(.data(.init(data: .byteBuffer(last), endStream: true)))
    }

    private func send(_ payload: HTTP2Frame.FramePayload) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(payload), promise: nil)
    }

    private func reset(_ code: HTTP2ErrorCode) {
        send(.rstStream(code))
    }

    // MARK: Deadlines

    func deadlinePassed() {
        deadline = nil
        switch state {
        case .exchange(let exchange):
            // Either its body does not come, or it has not read for too long.
            if isBodyEnded { reset(.cancel) } else { exchange.clientTimedOut() }
        case .answered: reset(isBodyEnded ? .cancel : .noError)
        case .head, .closed: break
        }
    }
}
