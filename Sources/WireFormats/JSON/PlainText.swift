/// Passes over the inside of JSON strings quickly: most of a body is prompt, and nothing there means anything to us.
enum PlainText {
    /// Bytes looked at together; the loop over them has no exit, so that it compiles to vector instructions.
    private static let block = 32
    /// Bytes looked at one by one before that: source code has an escape every few bytes.
    private static let near = 16

    /// The first byte from `start` on that is a quote, a control character, or the beginning of something other than a
    /// whole escape of two bytes or a whole character of UTF-8; else the end. `start` is inside neither.
    static func end(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let limit = min(bytes.count, index + near)
            var isASCII = true
            while index < limit {
                let byte = bytes[index]
                if byte < 0x80 {
                    if byte == quote || byte < 0x20 { return index }
                    if byte == backslash {
                        guard index + 1 < bytes.count, isShortEscape(bytes[index + 1]) else { return index }
                        index += 1
                    }
                    index += 1
                } else {
                    let count = character(bytes, at: index)
                    if count == 0 { return index }
                    index += count
                    isASCII = false
                }
            }
            if isASCII { index = skipBlocks(bytes, from: index) }
        }
        return index
    }

    private static func skipBlocks(_ bytes: Span<UInt8>, from start: Int) -> Int {
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
        return index
    }

    /// Bytes of the character that begins here; 0 where it is not UTF-8 or does not end in this piece.
    private static func character(_ bytes: Span<UInt8>, at start: Int) -> Int {
        var check = UTF8Check()
        var index = start
        while index < bytes.count, check.take(bytes[index]) {
            index += 1
            if !check.isInside { return index - start }
        }
        return 0
    }

    /// What may stand behind a backslash, `u` apart.
    @inline(__always)
    private static func isShortEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case quote, backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            true
        default: false
        }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
}
