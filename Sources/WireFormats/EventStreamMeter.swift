/// Meters a stream of server-sent events that arrives in pieces, split anywhere.
///
/// Follows the WHATWG event-stream grammar (LF, CRLF or CR; comments; several `data` lines an event; a leading byte
/// order mark) and holds no event: memory is bounded whatever the provider sends. What it does not understand it passes
/// over, because metering must never end a stream that the client would have understood.
package struct EventStreamMeter: Sendable {
    private enum Place: Sendable {
        /// Reading a field name; how much of `data` has matched so far.
        case name(matched: Int)
        /// After `data:`, before its one optional space.
        case space
        case data
        case ignored
    }

    /// Events whose blank line has arrived.
    package private(set) var events: Int64 = 0
    private var visitor: UsageVisitor
    private var json = JSONStream()
    private let sentinel: [UInt8]
    /// The first bytes of the event's data, to compare with the sentinel.
    private var opening: [UInt8] = []
    private var place = Place.name(matched: 0)
    private var isAtLineStart = true
    private var hasData = false
    private var followsCarriageReturn = false
    private var markBytes = 0
    private var isAtStart = true

    private static let name: [UInt8] = Array("data".utf8)
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    package init(format: WireFormat) {
        let names = format.usageNames
        visitor = UsageVisitor(names: names)
        sentinel = names.sentinel.map { Array($0.description.utf8) } ?? []
    }

    package var usage: Usage { visitor.usage }
    package var ending: StreamEnding { visitor.ending }

    package mutating func consume(_ bytes: Span<UInt8>) {
        var index = 0
        while index < bytes.count {
            if case .data = place {
                index = consumeData(bytes, from: index)
                guard index < bytes.count else { return }
            }
            step(bytes[index])
            index += 1
        }
    }

    /// Hands data bytes on up to the end of the line; the index of that end, or of the end of the piece.
    private mutating func consumeData(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != 0x0a, bytes[end] != 0x0d { end += 1 }
        guard end > start else { return end }
        followsCarriageReturn = false
        let piece = bytes.extracting(start..<end)
        var index = 0
        while opening.count <= sentinel.count, index < piece.count {
            opening.append(piece[index])
            index += 1
        }
        if json.problem == nil { json.consume(piece, &visitor) }
        return end
    }

    private mutating func step(_ byte: UInt8) {
        if isAtStart {
            // A byte order mark may stand before everything, and may be split.
            if markBytes < Self.byteOrderMark.count, byte == Self.byteOrderMark[markBytes] {
                markBytes += 1
                return
            }
            isAtStart = false
        }
        if byte == 0x0a, followsCarriageReturn {
            followsCarriageReturn = false
            return
        }
        followsCarriageReturn = byte == 0x0d
        if byte == 0x0a || byte == 0x0d { return endLine() }
        isAtLineStart = false
        switch place {
        case .name(let matched): stepName(byte, matched: matched)
        case .space:
            place = .data
            // One leading space is not part of the data; anything else is its first byte.
            if byte != 0x20 { feed(byte) }
        case .data: feed(byte)
        case .ignored: break
        }
    }

    private mutating func feed(_ byte: UInt8) {
        let one = [byte]
        _ = consumeData(one.span, from: 0)
    }

    private mutating func stepName(_ byte: UInt8, matched: Int) {
        if matched < Self.name.count, byte == Self.name[matched] {
            place = .name(matched: matched + 1)
        } else if matched == Self.name.count, byte == UInt8(ascii: ":") {
            if hasData {
                // A further data line of the same event: the lines are joined by a line feed.
                feed(separator: 0x0a)
            }
            hasData = true
            place = .space
        } else {
            place = .ignored
        }
    }

    private mutating func feed(separator: UInt8) {
        let one = [separator]
        if opening.count <= sentinel.count { opening.append(separator) }
        if json.problem == nil { json.consume(one.span, &visitor) }
    }

    private mutating func endLine() {
        let isBlank = isAtLineStart
        isAtLineStart = true
        place = .name(matched: 0)
        guard isBlank else { return }
        if hasData {
            events &+= 1
            if !sentinel.isEmpty, opening == sentinel { visitor.end(.completed) }
        }
        hasData = false
        opening.removeAll(keepingCapacity: true)
        json.reset()
    }
}
