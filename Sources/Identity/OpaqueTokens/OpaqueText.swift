import Cryptography

/// The common form of our opaque tokens: a prefix that scanners know, ids, thirty random characters, and six that
/// check the rest, so that a typo is told from a wrong token without asking anyone.
///
/// Text is handled as bytes; nothing here keeps a secret for longer than the call.
enum OpaqueText {
    static let idCount = 22
    static let secretCount = 30
    static let checksumCount = 6

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Thirty characters of the base 62 alphabet, each equally likely: 178 bits.
    static func randomSecret() -> [UInt8] {
        var secret: [UInt8] = []
        secret.reserveCapacity(secretCount)
        while secret.count < secretCount {
            // 248 is the largest multiple of 62 that a byte reaches; the rest would favour the first characters.
            for byte in SecureRandom.bytes(secretCount) where byte < 248 && secret.count < secretCount {
                secret.append(alphabet[Int(byte % 62)])
            }
        }
        return secret
    }

    static func checksum(_ text: [UInt8]) -> [UInt8] {
        let value = CRC32.checksum(text)
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
        return Base62.encodeASCII(bytes, width: checksumCount)
    }

    /// What lies between prefix and checksum; nil unless both are right and it has `count` bytes.
    static func body(of text: [UInt8], prefix: String, count: Int) -> ArraySlice<UInt8>? {
        let start = prefix.utf8.count
        guard text.count == start + count + checksumCount, text.starts(with: prefix.utf8) else { return nil }
        let end = start + count
        guard Array(text[end...]) == checksum(Array(text[..<end])) else { return nil }
        return text[start..<end]
    }
}
