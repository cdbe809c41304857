/// The order of object keys in RFC 8785: by UTF-16 code units.
enum CanonicalOrder {
    /// Compares UTF-8 bytes, which is the order of code points, and differs from UTF-16's in one place: a code point
    /// above U+FFFF (lead byte F0…F4) is a surrogate pair and so comes before U+E000…U+FFFF (lead bytes EE and EF).
    static func precedes(_ left: String, _ right: String) -> Bool {
        var first = left.utf8.makeIterator()
        var second = right.utf8.makeIterator()
        while true {
            switch (first.next(), second.next()) {
            case (let a?, let b?):
                if a != b { return rank(a) < rank(b) }
            case (nil, .some): return true
            case (_, nil): return false
            }
        }
    }

    private static func rank(_ byte: UInt8) -> UInt8 {
        byte == 0xEE || byte == 0xEF ? byte | 0x10 : byte
    }
}
