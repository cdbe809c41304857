import NIOCore

/// Takes the framing off a body that arrives in pieces.
struct BodyDecoder: Sendable {
    enum Piece: Hashable, Sendable {
        case needMore
        case data(ByteBuffer)
        /// The body ended; what is left in the buffer belongs to the next message.
        case end
    }

    private enum State: Sendable {
        case fixed(remaining: Int)
        case chunked(ChunkedDecoder)
        case untilClose
        case ended
    }

    private var state: State

    init(_ framing: BodyFraming, allowsTrailers: Bool) {
        switch framing {
        case .none, .fixed(0): state = .ended
        case .fixed(let count): state = .fixed(remaining: count)
        case .chunked: state = .chunked(ChunkedDecoder(allowsTrailers: allowsTrailers))
        case .untilClose: state = .untilClose
        }
    }

    var isEnded: Bool { if case .ended = state { true } else { false } }

    /// Whether the end of the connection is the proper end of this body.
    var endsAtClose: Bool { if case .untilClose = state { true } else { false } }

    /// Bytes still to come, where that is known.
    var remaining: Int? { if case .fixed(let remaining) = state { remaining } else { nil } }

    mutating func next(_ buffer: inout ByteBuffer) throws(FramingProblem) -> Piece {
        switch state {
        case .ended: return .end
        case .untilClose:
            guard let data = buffer.readSlice(length: buffer.readableBytes), data.readableBytes > 0 else {
                return .needMore
            }
            return .data(data)
        case .fixed(let remaining):
            let count = min(remaining, buffer.readableBytes)
            guard count > 0, let data = buffer.readSlice(length: count) else { return .needMore }
            state = remaining == count ? .ended : .fixed(remaining: remaining - count)
            return .data(data)
        case .chunked(var decoder):
            let piece = try decoder.next(&buffer)
            state = piece == .end ? .ended : .chunked(decoder)
            return piece
        }
    }
}
