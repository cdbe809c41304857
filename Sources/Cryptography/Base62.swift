/// Bytes as one big-endian number in base 62, of fixed width: letters and digits only, so that a double click selects
/// a whole token.
package enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Whether every value of `count` bytes has a text of `width` characters (62^1000 has 5954 bits).
    package static func fits(count: Int, width: Int) -> Bool {
        count >= 0 && width >= 0 && count <= 4096 && width <= 8192 && count * 8000 <= width * 5954
    }

    /// `width` characters. That the width suffices is the caller's to know: 16 bytes take 22, 22 take 30, 4 take 6.
    package static func encode(_ bytes: [UInt8], width: Int) -> String {
        String(decoding: encodeASCII(bytes, width: width), as: UTF8.self)
    }

    /// The same as bytes, for what must not become a `String`.
    package static func encodeASCII(_ bytes: [UInt8], width: Int) -> [UInt8] {
        precondition(fits(count: bytes.count, width: width), "\(bytes.count) bytes do not fit \(width) characters")
        var text = [UInt8](repeating: alphabet[0], count: width)
        var number = bytes
        defer { wipe(&number) }
        for position in text.indices.reversed() {
            var remainder: UInt32 = 0
            for index in number.indices {
                let value = remainder << 8 | UInt32(number[index])
                number[index] = UInt8(truncatingIfNeeded: value / 62)
                remainder = value % 62
            }
            text[position] = alphabet[Int(remainder)]
        }
        return text
    }

    /// The `count` bytes that `encode` wrote; nil for other characters and for numbers of more bytes.
    package static func decode(_ text: some StringProtocol, count: Int) -> [UInt8]? {
        decode(ascii: text.utf8, count: count)
    }

    package static func decode(ascii text: some Sequence<UInt8>, count: Int) -> [UInt8]? {
        guard count >= 0 else { return nil }
        var number = [UInt8](repeating: 0, count: count)
        for character in text {
            guard var carry = value(of: character) else { return nil }
            for index in number.indices.reversed() {
                let value = UInt32(number[index]) * 62 + carry
                number[index] = UInt8(truncatingIfNeeded: value)
                carry = value >> 8
            }
            guard carry == 0 else { return nil }
        }
        return number
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 36
        default: nil
        }
    }
}
