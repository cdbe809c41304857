/// Finds the end of a message head that arrives in pieces, and refuses one whose lines do not end in CRLF.
///
/// Looks at every byte once, however often it is called.
struct HeadScanner: Sendable {
    enum Result: Hashable, Sendable {
        case needMore
        /// The head, its empty line included, has this many bytes.
        case end(Int)
        case problem(FramingProblem)
    }

    private let maximumBytes: Int
    private let maximumLines: Int
    private var scanned = 0
    private var lineStart = 0
    private var lines = 0

    /// `maximumFields`: header lines, the start line not among them.
    init(maximumBytes: Int, maximumFields: Int) {
        self.maximumBytes = maximumBytes
        maximumLines = maximumFields + 1
    }

    /// `bytes` is everything since the beginning of the message.
    mutating func scan(_ bytes: Span<UInt8>) -> Result {
        while scanned < bytes.count {
            guard scanned < maximumBytes else { return .problem(.headTooLarge) }
            let byte = bytes[scanned]
            if byte == 0x0a {
                guard scanned > lineStart, bytes[scanned - 1] == 0x0d else { return .problem(.bareLineFeed) }
                if scanned == lineStart + 1 {
                    return lines == 0 ? .problem(.emptyFirstLine) : .end(scanned + 1)
                }
                lines += 1
                guard lines <= maximumLines else { return .problem(.tooManyFields) }
                lineStart = scanned + 1
            } else if scanned > lineStart, bytes[scanned - 1] == 0x0d {
                return .problem(.bareCarriageReturn)
            }
            scanned += 1
        }
        return .needMore
    }

    /// Ready for the next message.
    mutating func reset() {
        scanned = 0
        lineStart = 0
        lines = 0
    }
}
