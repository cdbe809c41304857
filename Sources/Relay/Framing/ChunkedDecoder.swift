import NIOCore
import Signing

/// The chunked coding (RFC 9112, 7.1), split anywhere. Chunk extensions are refused: nobody we serve sends them, and
/// parsers disagree about where they end.
struct ChunkedDecoder: Sendable {
    private enum State: Sendable {
        case size
        case sizeEnd
        case data
        case dataCarriageReturn
        case dataLineFeed
        /// At the start of a trailer line.
        case trailer
        case trailerText
        case trailerEnd
        /// The CR of the last empty line is there.
        case end
    }

    /// Bytes of trailers that are read and thrown away.
    private static let maximumTrailers = 8 << 10
    /// 15 hexadecimal digits: far from overflow.
    private static let maximumDigits = 15

    private let allowsTrailers: Bool
    private var state = State.size
    private var digits = 0
    private var remaining = 0
    private var trailerBytes = 0

    init(allowsTrailers: Bool) {
        self.allowsTrailers = allowsTrailers
    }

    mutating func next(_ buffer: inout ByteBuffer) throws(FramingProblem) -> BodyDecoder.Piece {
        while true {
            if state == .data {
                let count = min(remaining, buffer.readableBytes)
                guard count > 0, let data = buffer.readSlice(length: count) else { return .needMore }
                remaining -= count
                if remaining == 0 { state = .dataCarriageReturn }
                return .data(data)
            }
            guard let byte = buffer.readInteger(as: UInt8.self) else { return .needMore }
            if try step(byte) { return .end }
        }
    }

    /// Takes one byte of framing; true at the end of the body.
    private mutating func step(_ byte: UInt8) throws(FramingProblem) -> Bool {
        switch state {
        case .size: try stepSize(byte)
        case .sizeEnd:
            guard byte == 0x0a else { throw .badChunk }
            state = remaining == 0 ? .trailer : .data
        case .data: throw .badChunk
        case .dataCarriageReturn:
            guard byte == 0x0d else { throw .badChunk }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0a else { throw .badChunk }
            digits = 0
            remaining = 0
            state = .size
        case .trailer:
            if byte == 0x0d {
                state = .end
            } else {
                guard allowsTrailers else { throw .trailersRefused }
                try stepTrailer(byte)
                state = .trailerText
            }
        case .trailerText:
            if byte == 0x0d { state = .trailerEnd } else { try stepTrailer(byte) }
        case .trailerEnd:
            guard byte == 0x0a else { throw .badChunk }
            state = .trailer
        case .end:
            guard byte == 0x0a else { throw .badChunk }
            return true
        }
        return false
    }

    private mutating func stepSize(_ byte: UInt8) throws(FramingProblem) {
        let digit: Int
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = Int(byte - UInt8(ascii: "A")) + 10
        case 0x0d:
            guard digits > 0 else { throw .badChunk }
            state = .sizeEnd
            return
        default: throw .badChunk
        }
        digits += 1
        guard digits <= Self.maximumDigits else { throw .badChunk }
        remaining = remaining << 4 | digit
    }

    private mutating func stepTrailer(_ byte: UInt8) throws(FramingProblem) {
        trailerBytes += 1
        guard trailerBytes <= Self.maximumTrailers, FieldText.isValueByte(byte) else { throw .badChunk }
    }
}
