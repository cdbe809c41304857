import COpenSSL

/// A private Ed25519 key (RFC 8032), able to sign.
///
/// OpenSSL holds the expanded key in its own secure heap; the seed stays in the arena, with its owner.
@safe package final class Ed25519SigningKey: Sendable {
    package static let seedCount = 32

    package let publicKey: Ed25519PublicKey
    // Never changed after init; OpenSSL allows concurrent signatures under one key, each with its own context.
    nonisolated(unsafe) private let key: OpaquePointer

    package init(seed: Secret) throws(CryptographyError) {
        guard seed.count == Self.seedCount else { throw .wrongSize(what: "Ed25519 seed", count: seed.count) }
        // Before the first private key exists, so that it is kept there.
        _ = OpenSSLAlgorithms.hasSecureHeap
        let made = unsafe seed.withUnsafeBytes { seed in
            unsafe EVP_PKEY_new_raw_private_key_ex(
                nil,
                "ED25519",
                nil,
                seed.baseAddress?.assumingMemoryBound(to: UInt8.self),
                seed.count
            )
        }
        guard let key = unsafe made else { throw .refused(operation: "Ed25519 key") }
        var raw = [UInt8](repeating: 0, count: Ed25519PublicKey.count)
        var count = raw.count
        let isRead = unsafe raw.withUnsafeMutableBufferPointer { buffer in
            unsafe EVP_PKEY_get_raw_public_key(key, buffer.baseAddress, &count) == 1
        }
        guard isRead, let publicKey = Ed25519PublicKey(rawRepresentation: raw) else {
            unsafe EVP_PKEY_free(key)
            throw .refused(operation: "Ed25519 public key")
        }
        unsafe self.key = unsafe key
        self.publicKey = publicKey
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// A fresh seed, from which `init(seed:)` makes the key.
    package static func generateSeed(in arena: SecretArena) throws(CryptographyError) -> Secret {
        try SecureRandom.secret(seedCount, in: arena)
    }

    /// 64 bytes; the same for the same message.
    package func signature(for message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { throw .refused(operation: "Ed25519 signature") }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestSignInit_ex(context, nil, nil, nil, nil, key, nil) == 1 else {
            throw .refused(operation: "Ed25519 signature")
        }
        var signature = [UInt8](repeating: 0, count: Ed25519PublicKey.signatureCount)
        var count = signature.count
        let isSigned = unsafe signature.withUnsafeMutableBufferPointer { signature in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestSign(context, signature.baseAddress, &count, message.baseAddress, message.count) == 1
            }
        }
        guard isSigned, count == Ed25519PublicKey.signatureCount else { throw .refused(operation: "Ed25519 signature") }
        return signature
    }
}
