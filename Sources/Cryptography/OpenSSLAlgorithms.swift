import COpenSSL

/// The algorithms of OpenSSL that we use, each fetched once: a fetch by name costs more than most uses.
///
/// Fetching honours the process's OpenSSL configuration, so an operator can load the FIPS provider. A provider
/// without one of these is a broken installation, not an input: the first use traps with a sentence.
enum OpenSSLAlgorithms {
    // Immutable after the fetch; OpenSSL counts references atomically and only reads through these pointers, and
    // contexts are duplicated, never used themselves. They live as long as the process.
    nonisolated(unsafe) static let sha256: OpaquePointer = unsafe require(EVP_MD_fetch(nil, "SHA256", nil), "SHA-256")
    nonisolated(unsafe) static let aes256GCM: OpaquePointer = unsafe require(
        EVP_CIPHER_fetch(nil, "AES-256-GCM", nil),
        "AES-256-GCM"
    )
    /// An HMAC context whose digest is SHA-256 and which has no key yet: setting the digest would fetch it each time.
    nonisolated(unsafe) static let hmacTemplate: OpaquePointer = unsafe makeHMACTemplate()
    /// OpenSSL 3.0 cannot duplicate HKDF contexts, so each use makes one and sets the digest.
    nonisolated(unsafe) static let hkdf: OpaquePointer = unsafe require(EVP_KDF_fetch(nil, "HKDF", nil), "HKDF")
    /// OpenSSL keeps the private halves of its key objects in its secure heap, which is locked into memory and left
    /// out of core files, but only once that heap exists. True where it could be made. The size is a power of two;
    /// a key takes 64 bytes.
    static let hasSecureHeap: Bool = CRYPTO_secure_malloc_init(64 * 1024, 32) >= 1

    private static func require(_ pointer: OpaquePointer?, _ name: String) -> OpaquePointer {
        guard let pointer = unsafe pointer else { preconditionFailure("OpenSSL offers no \(name)") }
        return unsafe pointer
    }

    private static func makeHMACTemplate() -> OpaquePointer {
        let algorithm = unsafe require(EVP_MAC_fetch(nil, "HMAC", nil), "HMAC")
        let context = unsafe require(EVP_MAC_CTX_new(algorithm), "HMAC")
        precondition(unsafe keyreeve_mac_use_sha256(context) == 1, "OpenSSL offers no HMAC with SHA-256")
        return unsafe context
    }
}
