import COpenSSL

/// Overwrites the bytes with zeros in a way the optimiser keeps, and empties the array.
///
/// Reaches only the storage of this array: copies made before it, by assignment and later change or by growth, are
/// out of reach. So long-lived secrets belong in a `SecretArena`.
package func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe OPENSSL_cleanse(buffer.baseAddress, buffer.count)
    }
    bytes.removeAll()
}

/// Whether both are the same bytes, in a time that depends on the counts only.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    guard !left.isEmpty else { return true }
    return unsafe left.withUnsafeBytes { first in
        unsafe right.withUnsafeBytes { second in
            unsafe CRYPTO_memcmp(first.baseAddress, second.baseAddress, first.count) == 0
        }
    }
}

extension [UInt8] {
    /// Lends the bytes as a span. `Span.bytes` is unsafe in general, for padding; bytes have none.
    package func withRawSpan<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try body(unsafe span.bytes)
    }
}

extension RawSpan {
    /// An array of the bytes. Of a secret's, the caller wipes it.
    package func copyOfBytes() -> [UInt8] {
        unsafe withUnsafeBytes { unsafe [UInt8]($0) }
    }
}

extension Secret {
    /// An array of the bytes, which the caller wipes. Where a closure will do, use `withBytes`.
    package func copyOfBytes() -> [UInt8] {
        withBytes { $0.copyOfBytes() }
    }
}
