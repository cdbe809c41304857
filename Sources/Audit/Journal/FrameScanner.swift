/// Reads the frames of one file one after the other, in pieces.
struct FrameScanner {
    private static let pieceBytes = 1 << 20

    private let file: PosixFile
    private let limit: Int64
    private var piece: [UInt8] = []
    private var pieceStart: Int64
    private var index = 0

    /// - Parameter limit: where to stop reading: a frame must end here or before.
    init(file: PosixFile, from offset: Int64, limit: Int64) {
        self.file = file
        self.limit = limit
        pieceStart = offset
    }

    /// Where the next frame begins.
    var offset: Int64 { pieceStart + Int64(index) }

    /// The next sound frame, which is not passed by before `advance`; nil if there is none.
    mutating func next() throws(JournalError) -> DecodedFrame? {
        if let frame = FrameCodec.decode(piece, at: index) { return frame }
        // Maybe only its beginning was read so far.
        let count = Int(min(Int64(Self.pieceBytes), limit - offset))
        guard count > piece.count - index else { return nil }
        pieceStart = offset
        index = 0
        piece = try file.read(count, at: pieceStart)
        return FrameCodec.decode(piece, at: 0)
    }

    mutating func advance(over frame: DecodedFrame) {
        index += frame.bytes
    }

    /// The canonical bytes of the frame that `next` returned last.
    func content(of frame: DecodedFrame) -> [UInt8] {
        Array(piece[frame.content])
    }
}
