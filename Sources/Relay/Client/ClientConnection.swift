import Logging
import Model
import NIOCore
import Signing

/// The client's side: takes requests off one connection, one after the other, and writes the answers.
///
/// Does framing and deadlines; what a request means is its `Exchange`'s business. It must survive anything: every
/// callback may come late, and there is nothing here that a client's bytes could make trap.
final class ClientConnection: ChannelInboundHandler, ExchangeClient, ListenerConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum State {
        /// Between requests, or within a head.
        case head
        /// A request is being received or answered.
        case exchange(Exchange)
        /// The last answer is out and our side is closed; what still comes is thrown away, so that the answer is not
        /// lost in a reset.
        case lingering
        case closed
    }

    /// How an answer's body goes out.
    enum AnswerFraming {
        case none
        case length
        case chunked
    }

    /// Bytes that may be parked behind a request that is being answered, before reading stops.
    private static let maximumParked = 64 << 10
    /// Bytes of a refused request that are read before the answer, so that the connection survives.
    private static let maximumDiscarded = 256 << 10
    /// Bytes that are thrown away after the last answer.
    private static let maximumLingered = 4 << 20

    let loop: RelayLoop
    private let origin: ClientOrigin
    /// Of the request that is being served, or of the connection.
    private(set) var clientAddress: String
    private(set) var deadline: NIODeadline?
    private var context: ChannelHandlerContext?
    private var state = State.head
    private var inbound = ByteBuffer()
    private var scanner: HeadScanner
    private var decoder = BodyDecoder(.none, allowsTrailers: false)
    private var pace: BodyPace
    private var isProcessing = false
    private var discarded = 0
    private var pendingAnswer: Answer?
    private var requestKeepsAlive = true
    private var owesContinue = false
    private var answerFraming = AnswerFraming.none
    private var isReading = true

    private var settings: RelaySettings { loop.context.settings }

    init(loop: RelayLoop, origin: ClientOrigin) {
        self.loop = loop
        self.origin = origin
        clientAddress = origin.text
        pace = BodyPace(loop.context.settings)
        scanner = HeadScanner(
            maximumBytes: loop.context.settings.maximumHeadBytes,
            maximumFields: loop.context.settings.maximumHeaderFields
        )
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        setDeadline(in: settings.headTimeout)
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
        // TLS and socket errors: nothing useful can be said to this client any more.
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch state {
        case .closed: return
        case .lingering:
            discarded &+= bytes.readableBytes
            if discarded > Self.maximumLingered { close() }
            return
        case .head where inbound.readableBytes == 0: setDeadline(in: settings.headTimeout)
        case .head, .exchange: break
        }
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeBuffer(&bytes) }
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .exchange(let exchange) = state {
            exchange.clientWritability(context.channel.isWritable)
        }
        context.fireChannelWritabilityChanged()
    }

    private func ended() {
        guard case .closed = state else {
            let exchange = currentExchange
            state = .closed
            deadline = nil
            pendingAnswer = nil
            loop.remove(self)
            exchange?.clientGone()
            return
        }
    }

    private var currentExchange: Exchange? {
        if case .exchange(let exchange) = state { exchange } else { nil }
    }

    // MARK: Reading

    /// Goes on until it needs more bytes. Answers given on the way come back here through `answered`, which therefore
    /// only leaves a state behind: a thousand pipelined requests must not nest.
    private func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        var isProgressing = true
        while isProgressing {
            switch state {
            case .head: isProgressing = readHead()
            case .exchange(let exchange): isProgressing = readBody(exchange)
            case .lingering, .closed: isProgressing = false
            }
        }
        balanceReading()
    }

    private func readHead() -> Bool {
        guard inbound.readableBytes > 0 else { return false }
        switch scanner.scan(inbound.readableBytesUInt8Span) {
        case .needMore:
            return false
        case .problem(let problem):
            refuseFraming(problem)
            return false
        case .end(let count):
            scanner.reset()
            guard let bytes = inbound.readBytes(length: count) else { return false }
            do {
                begin(try RequestHead(bytes))
                return true
            } catch {
                refuseFraming(error)
                return false
            }
        }
    }

    private func begin(_ head: RequestHead) {
        deadline = nil
        clientAddress = origin.address(of: head, trusted: settings.trustedProxies)
        requestKeepsAlive = head.keepAlive && !loop.isDraining
        owesContinue = head.expectsContinue
        discarded = 0
        decoder = BodyDecoder(head.framing, allowsTrailers: false)
        let exchange = Exchange(head: head, connection: self, loop: loop)
        state = .exchange(exchange)
        pace = BodyPace(settings)
        if !decoder.isEnded { deadline = pace.deadline() }
        exchange.begin()
        // Whoever waits for a permission gets it only for a body that is wanted.
        if owesContinue, !decoder.isEnded, pendingAnswer == nil, exchange.wantsBody, case .exchange = state {
            owesContinue = false
            write("HTTP/1.1 100 Continue\r\n\r\n")
        }
        if decoder.isEnded, case .exchange(let current) = state, current === exchange { exchange.bodyEnded() }
    }

    /// True while there may be more to do with the bytes that are here.
    private func readBody(_ exchange: Exchange) -> Bool {
        guard !decoder.isEnded else { return false }
        do {
            switch try decoder.next(&inbound) {
            case .needMore: return false
            case .end: break
            case .data(let piece):
                // What is only thrown away buys no more time.
                if exchange.wantsBody {
                    pace.took(piece.readableBytes)
                    deadline = pace.deadline()
                    exchange.receive(piece)
                } else {
                    discarded &+= piece.readableBytes
                }
            }
        } catch {
            exchange.clientMisframed()
            refuseFraming(error)
            return false
        }
        if decoder.isEnded {
            deadline = nil
            if case .exchange(let current) = state, current === exchange { exchange.bodyEnded() }
        }
        settleAnswer()
        return true
    }

    /// Stops reading while more is parked than one request behind the other explains.
    private func balanceReading() {
        let wanted: Bool
        switch state {
        case .exchange where decoder.isEnded: wanted = inbound.readableBytes <= Self.maximumParked
        default: wanted = true
        }
        guard wanted != isReading, let context else { return }
        isReading = wanted
        try? context.channel.syncOptions?.setOption(.autoRead, value: wanted)
    }

    private func refuseFraming(_ problem: FramingProblem) {
        loop.context.strangers.count(problem.failure, from: clientAddress)
        requestKeepsAlive = false
        pendingAnswer = nil
        write(Answer(problem.failure, problem.sentence), requestID: nil, keepAlive: false)
        linger()
    }

    // MARK: Answering

    /// An answer that goes out before the request's body is in ends the connection.
    func answer(_ answer: Answer, atOnce: Bool) {
        pendingAnswer = answer
        if atOnce { discarded = Self.maximumDiscarded + 1 }
        settleAnswer()
    }

    private func settleAnswer() {
        guard let answer = pendingAnswer, case .exchange(let exchange) = state else { return }
        let isWorthWaiting =
            !owesContinue && discarded <= Self.maximumDiscarded && decoder.remaining ?? 0 <= Self.maximumDiscarded
        guard decoder.isEnded || !isWorthWaiting else { return }
        pendingAnswer = nil
        let keepAlive = decoder.isEnded && requestKeepsAlive
        write(answer, requestID: exchange.requestID, keepAlive: keepAlive)
        finish(keepAlive: keepAlive)
    }

    private func write(_ answer: Answer, requestID: String?, keepAlive: Bool) {
        var head = StatusLine.text(answer.status)
        for field in answer.fields(requestID: requestID) { head += "\(field.name): \(field.value)\r\n" }
        if !keepAlive { head += "connection: close\r\n" }
        head += "\r\n"
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: head.utf8.count + answer.body.count)
        buffer.writeString(head)
        buffer.writeBytes(answer.body)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func write(_ text: String) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: nil)
    }

    func beginAnswer(status: Int, fields: [UInt8], framing: BodyFraming, requestID: String) {
        guard let context else { return }
        if !requestKeepsAlive || loop.isDraining { requestKeepsAlive = false }
        var buffer = context.channel.allocator.buffer(capacity: fields.count + 256)
        buffer.writeString(StatusLine.text(status))
        buffer.writeBytes(fields)
        buffer.writeString("x-request-id: \(requestID)\r\n")
        switch framing {
        case .none where status == 204 || status == 304: answerFraming = .none
        case .none:
            answerFraming = .length
            buffer.writeString("content-length: 0\r\n")
        case .fixed(let count):
            answerFraming = .length
            buffer.writeString("content-length: \(count)\r\n")
        case .chunked, .untilClose:
            answerFraming = .chunked
            buffer.writeString("transfer-encoding: chunked\r\n")
        }
        if !requestKeepsAlive { buffer.writeString("connection: close\r\n") }
        buffer.writeString("\r\n")
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    func continueAnswer(_ piece: ByteBuffer) {
        guard let context, piece.readableBytes > 0 else { return }
        guard case .chunked = answerFraming else {
            context.write(wrapOutboundOut(piece), promise: nil)
            return
        }
        let size = String(piece.readableBytes, radix: 16)
        if piece.readableBytes <= 16 << 10 {
            // An event of a stream: one buffer is cheaper than three writes.
            var piece = piece
            var buffer = context.channel.allocator.buffer(capacity: piece.readableBytes + size.utf8.count + 4)
            buffer.writeString(size)
            buffer.writeStaticString("\r\n")
            buffer.writeBuffer(&piece)
            buffer.writeStaticString("\r\n")
            context.write(wrapOutboundOut(buffer), promise: nil)
        } else {
            context.write(wrapOutboundOut(context.channel.allocator.buffer(string: size + "\r\n")), promise: nil)
            context.write(wrapOutboundOut(piece), promise: nil)
            context.write(wrapOutboundOut(context.channel.allocator.buffer(string: "\r\n")), promise: nil)
        }
    }

    func flushAnswer() {
        context?.flush()
    }

    func endAnswer() {
        if case .chunked = answerFraming { write("0\r\n\r\n") } else { flushAnswer() }
        finish(keepAlive: requestKeepsAlive)
    }

    func abortAnswer() {
        flushAnswer()
        close()
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func boundStall(_ limit: Duration?) {
        guard case .exchange = state, decoder.isEnded else { return }
        if let limit { setDeadline(in: limit) } else { deadline = nil }
    }

    private func finish(keepAlive: Bool) {
        guard case .exchange = state else { return }
        guard keepAlive else { return linger() }
        state = .head
        setDeadline(in: inbound.readableBytes > 0 ? settings.headTimeout : settings.keepAliveTimeout)
        process()
        balanceReading()
    }

    /// Closes our side, and the other a little later: what the client is still sending would reset the connection, and
    /// the answer with it.
    private func linger() {
        guard let context else { return }
        state = .lingering
        discarded = 0
        inbound.clear()
        setDeadline(in: settings.lingerTimeout)
        balanceReading()
        context.close(mode: .output, promise: nil)
    }

    func close() {
        context?.close(promise: nil)
    }

    func drain() {
        requestKeepsAlive = false
        if case .head = state, inbound.readableBytes == 0 { close() }
    }

    // MARK: Deadlines

    private func setDeadline(in duration: Duration) {
        deadline = .now() + TimeAmount(duration)
    }

    func deadlinePassed() {
        deadline = nil
        switch state {
        case .head:
            guard inbound.readableBytes > 0 else { return close() }
            loop.context.strangers.count(.requestTimeout, from: clientAddress)
            write(Answer(.requestTimeout), requestID: nil, keepAlive: false)
            linger()
        case .exchange(let exchange):
            if decoder.isEnded {
                // The client has not read for too long.
                close()
            } else if pendingAnswer != nil {
                // Refused, and what we meant to read away does not come.
                discarded = Self.maximumDiscarded + 1
                settleAnswer()
            } else {
                exchange.clientTimedOut()
            }
        case .lingering: close()
        case .closed: break
        }
    }
}
