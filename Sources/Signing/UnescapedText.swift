import Cryptography

/// A text as it reads once some escapes are undone, and where each byte of it stood before.
struct UnescapedText {
    private(set) var bytes: [UInt8]
    /// Byte `i` stood at `places[i]..<places[i + 1]`; one more than there are bytes.
    private var places: [Int]

    enum Escape: CaseIterable {
        /// `\u0041`, `\/`, `\"` … of JSON strings.
        case json
        /// `%41`.
        case percent
    }

    /// The text as it is, and with one and two layers of escapes undone, in any order; those that differ.
    static func readings(of text: [UInt8]) -> [UnescapedText] {
        let plain = UnescapedText(bytes: text, places: Array(0...text.count))
        let once = Escape.allCases.compactMap(plain.undoing)
        return [plain] + once + once.flatMap { Escape.allCases.compactMap($0.undoing) }
    }

    /// Where some bytes stood in the text that everything began with.
    func origin(of range: Range<Int>) -> Range<Int> { places[range.lowerBound]..<places[range.upperBound] }

    /// Nil where there is nothing to undo.
    private func undoing(_ escape: Escape) -> UnescapedText? {
        guard bytes.contains(escape == .json ? UInt8(ascii: "\\") : UInt8(ascii: "%")) else { return nil }
        var result = UnescapedText(bytes: [], places: [])
        result.bytes.reserveCapacity(bytes.count)
        result.places.reserveCapacity(places.count)
        var index = 0
        while index < bytes.count {
            let (byte, count) = escape == .json ? jsonEscape(at: index) : percentEscape(at: index)
            result.bytes.append(byte)
            result.places.append(places[index])
            index += count
        }
        result.places.append(places[bytes.count])
        return result.bytes.count < bytes.count ? result : nil
    }

    /// What stands at `index`, which is within the text, and in how many bytes.
    private func jsonEscape(at index: Int) -> (byte: UInt8, count: Int) {
        guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else { return (bytes[index], 1) }
        switch bytes[index + 1] {
        case UInt8(ascii: "u"):
            guard let high = hexadecimalByte(at: index + 2), let low = hexadecimalByte(at: index + 4) else { break }
            // A secret is ASCII: any other character is only not one of its bytes.
            return (high == 0 ? low : 0, 6)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return (bytes[index + 1], 2)
        case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return (0, 2)
        default: break
        }
        return (bytes[index], 1)
    }

    private func percentEscape(at index: Int) -> (byte: UInt8, count: Int) {
        guard bytes[index] == UInt8(ascii: "%"), let byte = hexadecimalByte(at: index + 1) else {
            return (bytes[index], 1)
        }
        return (byte, 3)
    }

    /// Two digits; nil where they are none, or the text ends before.
    private func hexadecimalByte(at index: Int) -> UInt8? {
        guard index + 1 < bytes.count, let high = Hexadecimal.value(of: bytes[index]),
            let low = Hexadecimal.value(of: bytes[index + 1])
        else { return nil }
        return high << 4 | low
    }
}
