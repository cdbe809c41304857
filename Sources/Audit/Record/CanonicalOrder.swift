/// The order of object keys in RFC 8785: by UTF-16 code units.
enum CanonicalOrder {
    /// Compares UTF-8 bytes, which is the order of code points, and differs from UTF-16's in one place: a code point
    /// above U+FFFF (lead byte F0…F4) is a surrogate pair and so comes before U+E000…U+FFFF (lead bytes EE and EF).
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (first, second) = (left.utf8.span, right.utf8.span)
        let common = min(first.count, second.count)
        for index in 0..<common where first[index] != second[index] {
            return rank(first[index]) < rank(second[index])
        }
        return first.count < second.count
    }

    private static func rank(_ byte: UInt8) -> UInt8 {
        byte == 0xEE || byte == 0xEF ? byte | 0x10 : byte
    }
}
