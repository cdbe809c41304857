import Audit
import Credentials
import Logging
import Model
import NIOCore
import Policy
import Signing
import WireFormats

/// A provider's error answer, held until it is whole, so that a credential it quotes can be taken out.
struct HeldError: Sendable {
    /// 64 KiB; a longer one is not passed on, since what is not held cannot be searched for our credential.
    static let limit = 64 << 10

    let status: Int
    let fields: [UInt8]
    var body: [UInt8] = []
}

/// 9, second half: the provider's answer to the client, as it comes.
extension Exchange: UpstreamDelegate {
    func upstreamAnswered(_ head: ResponseHead) {
        guard case .sent = phase else { return }
        upstreamStatus = head.status
        switch head.status {
        case 401:
            // Ours was refused, not the client's; a 401 would make it sign in again for nothing.
            if let delay = plan.delay(after: .refusedCredential, jitter: 0) {
                return tryAgain(in: delay, after: .refusedCredential, detail: "credential refused")
            }
            return fail(.upstreamRefusedCredential)
        case 502, 503, 504:
            let trouble = RetryPlan.Trouble.status(retryAfter: head.retryAfter)
            if let delay = plan.delay(after: trouble, jitter: .random(in: 0...1)) {
                return tryAgain(in: delay, after: trouble, detail: "status \(head.status)")
            }
        case 300..<400:
            // Never followed and never passed on: the client would take its token there.
            return fail(.upstreamMalformed, detail: "redirect")
        default: break
        }
        forward(head)
    }

    private func forward(_ head: ResponseHead) {
        dropBody()
        let (lines, longestValue) = Self.answerFields(head)
        var fields = lines
        // Every form of a secret is at least as long as it is, and header values are mostly shorter.
        if longestValue >= leaseCount { scrub(&fields) }
        if head.status >= 400, head.framing != .none, lease != nil {
            // We asked for `identity`, whatever the client sent; packed bytes would hide a credential from us.
            guard head.isPlain else { return withhold(status: head.status, detail: "content encoding") }
            phase = .holdingError
            heldError = HeldError(status: head.status, fields: fields)
            return
        }
        if head.status < 300, let format = operation?.wireAPI.map(WireFormat.init) {
            let type = head.fields[.contentType].map { head.fields.text($0).lowercased() } ?? ""
            meter =
                type.hasPrefix("text/event-stream")
                ? .stream(EventStreamMeter(format: format)) : .document(DocumentMeter(format: format))
        }
        beginAnswer(status: head.status, fields: fields, framing: head.framing)
        if case .stream = meter { beginKeepAlive(head) }
    }

    /// Comments only where they change nothing: in a plain stream whose length nobody has been told.
    private func beginKeepAlive(_ head: ResponseHead) {
        guard let interval = context.settings.streamKeepAlive, head.fields[.contentEncoding] == nil else { return }
        switch head.framing {
        case .chunked, .untilClose:
            keepAlive = StreamKeepAlive(interval: interval, client: connection, loop: loop)
        case .none, .fixed: break
        }
    }

    private func beginAnswer(status: Int, fields: [UInt8], framing: BodyFraming) {
        phase = .answering
        answeredStatus = status
        connection.beginAnswer(status: status, fields: fields, framing: framing, requestID: requestID)
        if !connection.isWritable { clientWritability(false) }
    }

    func upstreamSent(_ piece: ByteBuffer) {
        switch phase {
        case .answering:
            responseBytes += piece.readableBytes
            meter.consume(piece.readableBytesUInt8Span)
            connection.continueAnswer(piece)
            keepAlive?.passed(piece.readableBytesUInt8Span)
        case .holdingError: hold(piece)
        default: break
        }
    }

    func upstreamReadComplete() {
        if case .answering = phase { connection.flushAnswer() }
    }

    func upstreamEnded() {
        switch phase {
        case .holdingError: releaseError()
        case .answering: break
        default: return
        }
        let outcome = outcome(reason: nil, detail: endingDetail)
        upstream = nil
        finish(outcome)
        connection.endAnswer()
    }

    func upstreamFailed(_ fault: UpstreamFault) {
        switch phase {
        case .sent:
            if fault == .staleConnection { troubled(.stale, fault) } else { fail(fault.failure, detail: fault.detail) }
        case .answering, .holdingError: fail(fault.failure, detail: fault.detail)
        default: break
        }
    }

    // MARK: Errors that may quote our credential

    private func hold(_ piece: ByteBuffer) {
        guard var held = heldError.take() else { return }
        guard piece.readableBytes <= HeldError.limit - held.body.count else {
            return withhold(status: held.status, detail: "error too long")
        }
        held.body.append(contentsOf: piece.readableBytesView)
        heldError = held
    }

    private func releaseError() {
        guard var held = heldError.take() else { return }
        scrub(&held.body)
        beginAnswer(status: held.status, fields: held.fields, framing: .fixed(held.body.count))
        responseBytes += held.body.count
        connection.continueAnswer(ByteBuffer(bytes: held.body))
    }

    /// A sentence of ours in place of an error that cannot be searched, under its own status: clients act on that.
    private func withhold(status: Int, detail: String) {
        fail(.upstreamErrorWithheld, detail: detail, status: status)
    }

    private func scrub(_ body: inout [UInt8]) {
        guard let lease = lease.take() else { return }
        let found = lease.withBytes { SecretScrubber.scrub(&body, of: $0) }
        if found > 0 { context.logger.warning("a provider quoted its credential", metadata: logged([:])) }
        self.lease = consume lease
    }

    /// Bytes of the credential on loan; without one, more than anything has.
    private var leaseCount: Int {
        switch lease {
        case .some(let lease): lease.count
        case .none: Int.max
        }
    }

    // MARK: Head

    /// The header lines that go on to the client, and the bytes of the longest value among them.
    private static func answerFields(_ head: ResponseHead) -> (lines: [UInt8], longestValue: Int) {
        var lines: [UInt8] = []
        var longestValue = 0
        lines.reserveCapacity(head.fields.bytes.count)
        let bytes = head.fields.bytes
        for field in head.fields.fields {
            switch ResponseHeaders.rule(for: bytes.span.extracting(field.name)) {
            case .drop: continue
            case .requestID: lines.append(contentsOf: "x-upstream-request-id".utf8)
            case .forward: lines.append(contentsOf: bytes[field.name])
            }
            lines.append(contentsOf: ": ".utf8)
            lines.append(contentsOf: bytes[field.value])
            lines.append(contentsOf: "\r\n".utf8)
            longestValue = max(longestValue, field.value.count)
        }
        return (lines, longestValue)
    }

    /// How a stream says that it ended, where that is not the usual way.
    private var endingDetail: String? {
        guard case .stream(let meter) = meter, meter.ending != .completed else { return nil }
        return "stream \(meter.ending.rawValue)"
    }
}

extension ResponseHead {
    /// Whether the body is as the provider wrote it, without a content coding.
    var isPlain: Bool {
        guard let range = fields[.contentEncoding], !range.isEmpty else { return true }
        return fields.value(range, equals: "identity")
    }

    /// Seconds of a `Retry-After`; a date counts as too long to wait for.
    var retryAfter: Int? {
        guard let range = fields[.retryAfter] else { return nil }
        return Int(fields.text(range)) ?? Int.max
    }
}

extension WireFormat {
    fileprivate init(_ wireAPI: WireAPI) {
        switch wireAPI {
        case .responses: self = .responses
        case .chat: self = .chatCompletions
        }
    }
}
