import Cryptography

/// One way in which a secret may stand in a text, ready to be looked for in one pass (Knuth, Morris, Pratt). Holds what
/// the secret can be read from: to be wiped.
struct SecretForm {
    /// What a byte of the text counts as.
    private enum Folding {
        case none
        /// Hexadecimal digits in either case.
        case lowerCase
        /// base64url as base64.
        case base64
    }

    private var pattern: [UInt8]
    /// For each place of the pattern, how much of its beginning ends there again.
    private let borders: [Int]
    private let folding: Folding
    /// Characters before and behind a match that hold some bits of the secret beside others.
    private let sharedBefore: Int
    private let sharedBehind: Int

    /// Plain, hexadecimal, and base64 at each of the three places in a group where a secret may begin.
    static func all(of secret: RawSpan) -> [SecretForm] {
        let secret = Span<UInt8>(_bytes: secret)
        return [plain(secret), hexadecimal(secret)] + (0..<3).map { base64(secret, after: $0) }
    }

    private init(_ pattern: [UInt8], _ folding: Folding, before: Int = 0, behind: Int = 0) {
        self.pattern = pattern
        self.folding = folding
        sharedBefore = before
        sharedBehind = behind
        var borders = [Int](repeating: 0, count: pattern.count)
        var length = 0
        for index in pattern.indices.dropFirst() {
            while length > 0, pattern[index] != pattern[length] { length = borders[length - 1] }
            if pattern[index] == pattern[length] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    mutating func wipe() { Cryptography.wipe(&pattern) }

    /// Tells where it stands in a text, overlapping places too.
    func forEachMatch(in text: [UInt8], _ found: (Range<Int>) -> Void) {
        guard let last = pattern.indices.last else { return }
        var length = 0
        for index in text.indices {
            let byte = folded(text[index])
            while length > 0, pattern[length] != byte { length = borders[length - 1] }
            if pattern[length] == byte { length += 1 }
            guard length > last else { continue }
            found(max(0, index - last - sharedBefore)..<min(text.count, index + 1 + sharedBehind))
            length = borders[last]
        }
    }

    private func folded(_ byte: UInt8) -> UInt8 {
        switch folding {
        case .none: byte
        case .lowerCase: byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F") ? byte | 0x20 : byte
        case .base64:
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
    }
}

// Each pattern has its room from the start: an array that grows leaves a copy behind that nobody wipes.
extension SecretForm {
    private static func plain(_ secret: Span<UInt8>) -> SecretForm {
        var pattern: [UInt8] = []
        pattern.reserveCapacity(secret.count)
        for index in secret.indices { pattern.append(secret[index]) }
        return SecretForm(pattern, .none)
    }

    private static func hexadecimal(_ secret: Span<UInt8>) -> SecretForm {
        var pattern: [UInt8] = []
        pattern.reserveCapacity(2 * secret.count)
        for index in secret.indices {
            pattern.append(hexadecimalDigits[Int(secret[index] >> 4)])
            pattern.append(hexadecimalDigits[Int(secret[index] & 15)])
        }
        return SecretForm(pattern, .lowerCase)
    }

    /// The characters that depend on the secret alone, where `offset` other bytes stand before it in its group of three.
    private static func base64(_ secret: Span<UInt8>, after offset: Int) -> SecretForm {
        let first = (8 * offset + 5) / 6
        let bits = 8 * (offset + secret.count)
        var pattern: [UInt8] = []
        pattern.reserveCapacity(bits / 6)
        for character in first..<(bits / 6) {
            let bit = 6 * character - 8 * offset
            let next = bit / 8 + 1
            let pair = UInt16(secret[bit / 8]) << 8 | (next < secret.count ? UInt16(secret[next]) : 0)
            pattern.append(base64Alphabet[Int(pair >> UInt16(10 - bit % 8) & 63)])
        }
        return SecretForm(pattern, .base64, before: offset == 0 ? 0 : 1, behind: bits.isMultiple(of: 6) ? 0 : 1)
    }

    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
    private static let base64Alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
