/// Reads the frames of one file one after the other, in pieces.
struct FrameScanner {
    private let file: PosixFile
    private let limit: Int64
    private let pieceBytes: Int
    private var piece: [UInt8] = []
    private var pieceStart: Int64
    private var index = 0

    /// - Parameter limit: where to stop reading: a frame must end here or before.
    /// - Parameter pieceBytes: how much to read at once; less only where just one frame is wanted.
    init(file: PosixFile, from offset: Int64, limit: Int64, pieceBytes: Int = 1 << 20) {
        self.file = file
        self.limit = limit
        self.pieceBytes = pieceBytes
        pieceStart = offset
    }

    /// Where the next frame begins.
    var offset: Int64 { pieceStart + Int64(index) }

    /// The next sound frame, which is not passed by before `advance`; nil if there is none.
    mutating func next() throws(JournalError) -> DecodedFrame? {
        if let frame = FrameCodec.decode(piece, at: index) { return frame }
        // Maybe only its beginning was read so far; a small piece may not hold it all, the largest frame's size does.
        for size in [pieceBytes, FrameCodec.largestBytes] {
            let count = Int(min(Int64(size), limit - offset))
            guard count > piece.count - index else { continue }
            pieceStart = offset
            index = 0
            piece = try file.read(count, at: pieceStart)
            if let frame = FrameCodec.decode(piece, at: 0) { return frame }
        }
        return nil
    }

    mutating func advance(over frame: DecodedFrame) {
        index += frame.bytes
    }

    /// The canonical bytes of the frame that `next` returned last.
    func content(of frame: DecodedFrame) -> [UInt8] {
        Array(piece[frame.content])
    }
}
