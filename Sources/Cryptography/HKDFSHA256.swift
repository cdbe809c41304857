import COpenSSL

/// HKDF with SHA-256, extract and expand in one (RFC 5869).
package enum HKDFSHA256 {
    /// The longest output, 255 hashes.
    package static let maximumCount = 255 * Digest.count

    /// Derives `count` bytes. The purpose of the key belongs into `info`; an empty salt is the RFC's string of zeros.
    package static func derive(
        from secret: Secret,
        salt: [UInt8] = [],
        info: [UInt8],
        count: Int = 32,
        in arena: SecretArena
    ) throws(CryptographyError) -> Secret {
        guard count > 0, count <= maximumCount else { throw .wrongSize(what: "HKDF output", count: count) }
        guard secret.count > 0 else { throw .wrongSize(what: "HKDF input", count: 0) }
        guard let context = unsafe EVP_KDF_CTX_new(OpenSSLAlgorithms.hkdf) else {
            throw .refused(operation: "HKDF")
        }
        defer { unsafe EVP_KDF_CTX_free(context) }
        return try unsafe arena.makeSecret(count: count) { output throws(CryptographyError) in
            let result = unsafe secret.withUnsafeBytes { key in
                unsafe salt.withUnsafeBytes { salt in
                    unsafe info.withUnsafeBytes { info in
                        unsafe keyreeve_hkdf(
                            context,
                            key.baseAddress,
                            key.count,
                            salt.baseAddress,
                            salt.count,
                            info.baseAddress,
                            info.count,
                            output.baseAddress,
                            output.count
                        )
                    }
                }
            }
            guard result == 1 else { throw .refused(operation: "HKDF") }
        }
    }
}
