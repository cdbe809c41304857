/// Passes over the inside of JSON strings quickly: most of a body is prompt, and nothing there means anything to us.
enum PlainText {
    /// Bytes looked at together; the loop over them has no exit, so that it compiles to vector instructions.
    private static let block = 32

    /// The first byte from `start` on that is a quote, a backslash, a control character or not ASCII; else the end.
    static func end(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while bytes.count - index >= block {
            let piece = bytes.extracting(index..<(index + block))
            var found: UInt8 = 0
            for offset in 0..<block {
                let byte = piece[offset]
                found |= byte & 0x80 | (byte == quote ? 1 : 0) | (byte == backslash ? 1 : 0) | (byte < 0x20 ? 1 : 0)
            }
            if found != 0 { break }
            index += block
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == quote || byte == backslash || byte < 0x20 || byte >= 0x80 { break }
            index += 1
        }
        return index
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
}
