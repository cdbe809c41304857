import Cryptography

/// Takes a secret out of bytes that are about to leave: some providers quote the key they refuse.
///
/// It is found as it is, in hexadecimal, and within base64 of either alphabet, each of these in plain and behind up to
/// two layers of JSON or percent escapes in any mix. Time grows with the text: 7 readings of it, 5 forms each.
package enum SecretScrubber {
    /// A secret shorter than this stands in ordinary text by chance; 8 bytes.
    package static let shortest = 8

    /// Overwrites every occurrence of `secret` with asterisks; how many there were. Lengths stay as they are.
    package static func scrub(_ bytes: inout [UInt8], of secret: RawSpan) -> Int {
        guard secret.byteCount >= shortest, bytes.count >= secret.byteCount else { return 0 }
        var forms = SecretForm.all(of: secret)
        defer { for index in forms.indices { forms[index].wipe() } }
        var found: [Range<Int>] = []
        for reading in UnescapedText.readings(of: bytes) {
            for form in forms {
                form.forEachMatch(in: reading.bytes) { found.append(reading.origin(of: $0)) }
            }
        }
        return mask(found, in: &bytes)
    }

    private static func mask(_ found: [Range<Int>], in bytes: inout [UInt8]) -> Int {
        var count = 0
        var end = 0
        for range in found.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            // The same place, read in several ways, is one occurrence.
            if range.lowerBound >= end { count += 1 }
            end = max(end, range.upperBound)
            for index in range where bytes[index] != 0x0d && bytes[index] != 0x0a { bytes[index] = UInt8(ascii: "*") }
        }
        return count
    }
}
