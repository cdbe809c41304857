import NIOCore

/// A request body held whole, so that it can be judged before anything leaves and sent again when that is safe.
///
/// Large pieces are kept as they came; small ones are copied together, or a client that dribbles bytes would make us
/// hold a read buffer for each.
struct HeldBody: Sendable {
    /// Bytes from which a piece is kept instead of copied.
    private static let keptFrom = 4096

    private(set) var pieces: [ByteBuffer] = []
    private(set) var count = 0
    private var lastIsOurs = false

    mutating func append(_ piece: ByteBuffer) {
        var piece = piece
        count += piece.readableBytes
        if piece.readableBytes >= Self.keptFrom || pieces.isEmpty {
            lastIsOurs = false
            pieces.append(piece)
        } else if lastIsOurs, let last = pieces.indices.last {
            pieces[last].writeBuffer(&piece)
        } else {
            var copy = ByteBufferAllocator().buffer(capacity: Self.keptFrom)
            copy.writeBuffer(&piece)
            lastIsOurs = true
            pieces.append(copy)
        }
    }

    mutating func drop() {
        pieces = []
    }
}
