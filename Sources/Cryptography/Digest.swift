/// 32 bytes of SHA-256 or HMAC-SHA-256, held in place so that it is cheap to hash and to compare.
///
/// `==` takes no constant time: compare secrets' codes with `HMACSHA256.isValid`.
package struct Digest: Hashable, Sendable {
    package static let count = 32

    // Big-endian words, so that the order of words is the order of bytes.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Nil unless there are exactly 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        unsafe self.init(span: bytes.span.bytes)
    }

    /// The caller has checked that there are exactly 32 bytes.
    init(span: RawSpan) {
        precondition(span.byteCount == Self.count, "a digest has 32 bytes")
        func word(at offset: Int) -> UInt64 {
            UInt64(bigEndian: unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        words = (word(at: 0), word(at: 8), word(at: 16), word(at: 24))
    }

    package var bytes: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.count) { buffer, count in
            count = 0
            for word in [words.0, words.1, words.2, words.3] {
                for shift in stride(from: 56, through: 0, by: -8) {
                    unsafe buffer[count] = UInt8(truncatingIfNeeded: word >> UInt64(shift))
                    count += 1
                }
            }
        }
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String { Hexadecimal.encode(bytes) }

    package static func == (left: Self, right: Self) -> Bool {
        left.words == right.words
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

extension Digest: CustomStringConvertible {
    package var description: String { hex }
}
