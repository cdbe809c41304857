/// Puts a credential onto a request as `Authorization: Bearer` (RFC 6750).
package enum BearerSigner {
    /// Bytes of the longest credential that we put into a header.
    package static let longest = 8 << 10

    /// What the line adds to a head around the credential, in bytes; to reserve before the secret is written, so that
    /// no growing buffer leaves a copy behind.
    package static let overhead = prefix.utf8.count + 4

    private static let prefix = "authorization: Bearer "

    /// Whether these bytes can stand in a header: visible ASCII, and some.
    package static func isUsable(_ secret: RawSpan) -> Bool {
        guard !secret.isEmpty, secret.byteCount <= longest else { return false }
        let bytes = Span<UInt8>(_bytes: secret)
        for index in bytes.indices where !FieldText.isVisible(bytes[index]) { return false }
        return true
    }

    static func write(_ secret: RawSpan, into sink: inout some ByteSink) {
        sink.append(prefix)
        sink.append(Span<UInt8>(_bytes: secret))
        sink.append("\r\n")
    }
}
