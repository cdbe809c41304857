/// Takes a secret out of bytes that are about to leave: some providers quote the key they refuse.
package enum SecretScrubber {
    /// A secret shorter than this stands in ordinary text by chance; 8 bytes.
    package static let shortest = 8

    /// Overwrites every occurrence of `secret` with asterisks; how many there were. Lengths stay as they are.
    package static func scrub(_ bytes: inout [UInt8], of secret: RawSpan) -> Int {
        let secret = Span<UInt8>(_bytes: secret)
        guard secret.count >= shortest, bytes.count >= secret.count else { return 0 }
        var found = 0
        var start = 0
        while start <= bytes.count - secret.count {
            guard matches(bytes, at: start, secret) else {
                start += 1
                continue
            }
            for index in start..<(start + secret.count) { bytes[index] = UInt8(ascii: "*") }
            found += 1
            start += secret.count
        }
        return found
    }

    private static func matches(_ bytes: [UInt8], at start: Int, _ secret: Span<UInt8>) -> Bool {
        for index in secret.indices where bytes[start + index] != secret[index] { return false }
        return true
    }
}
