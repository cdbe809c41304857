import Model
import NIOCore
import WireFormats

/// 4: the body, held whole and read as it arrives.
extension Exchange {
    func receive(_ piece: ByteBuffer) {
        let count = piece.readableBytes
        requestBytes += count
        guard requestBytes <= context.settings.maximumBodyBytes else { return deny(.bodyTooLarge) }
        guard context.held.take(count) else { return deny(.overloaded) }
        heldBytes += count
        scanner.consume(piece.readableBytesUInt8Span)
        body.append(piece)
    }

    /// The whole body is there.
    func bodyEnded() {
        guard wantsBody else { return }
        switch scanner.finish() {
        case .failure(let refusal): deny(refusal.failure, refusal.sentence)
        case .success(let facts):
            model = facts.model
            authorize()
        }
    }

    /// Memory given back; a body is never needed after the provider has answered.
    func dropBody() {
        body.drop()
        context.held.giveBack(heldBytes)
        heldBytes = 0
    }
}

extension RequestRefusal {
    fileprivate var failure: Failure {
        switch self {
        case .modelTwice, .modelMisspelled, .modelNotPlain, .nameEscaped: .modelMissing
        case .notJSON, .notAnObject, .tooDeep, .streamTwice, .streamMisspelled, .streamNotBoolean: .malformedRequest
        }
    }
}
