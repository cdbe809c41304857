import COpenSSL

/// HMAC with SHA-256 (RFC 2104).
package enum HMACSHA256 {
    package static func code(_ data: [UInt8], key: Secret) -> Digest {
        unsafe code(data.span.bytes, key: key)
    }

    package static func code(_ data: RawSpan, key: Secret) -> Digest {
        guard let context = unsafe EVP_MAC_CTX_dup(OpenSSLAlgorithms.hmacTemplate) else {
            preconditionFailure("OpenSSL is out of memory")
        }
        defer { unsafe EVP_MAC_CTX_free(context) }
        let isKeyed = unsafe key.withUnsafeBytes { bytes in
            unsafe EVP_MAC_init(context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, nil) == 1
        }
        let isFed = unsafe data.withUnsafeBytes { bytes in
            unsafe EVP_MAC_update(context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count) == 1
        }
        precondition(isKeyed && isFed, "OpenSSL could not compute an HMAC")
        return unsafe DigestBuffer { output in unsafe EVP_MAC_final(context, output, nil, Digest.count) }.digest
    }

    /// Whether `code` is the code of `data`, in a time that does not depend on where they differ.
    package static func isValid(_ code: Digest, for data: [UInt8], key: Secret) -> Bool {
        constantTimeEqual(self.code(data, key: key).bytes, code.bytes)
    }
}
