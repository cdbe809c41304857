import COpenSSL

/// The public half of an Ed25519 key (RFC 8032): 32 bytes.
package struct Ed25519PublicKey: Hashable, Sendable {
    package static let count = 32
    package static let signatureCount = 64

    package let rawRepresentation: [UInt8]

    /// Nil unless there are 32 bytes. Bytes that are no point of the curve make a key under which nothing is valid.
    package init?(rawRepresentation: [UInt8]) {
        guard rawRepresentation.count == Self.count else { return nil }
        self.rawRepresentation = rawRepresentation
    }

    package func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureCount else { return false }
        let made = unsafe rawRepresentation.withUnsafeBufferPointer { raw in
            unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, raw.baseAddress, raw.count)
        }
        guard let key = unsafe made else { return false }
        defer { unsafe EVP_PKEY_free(key) }
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, key, nil) == 1 else { return false }
        let result = unsafe signature.withUnsafeBufferPointer { signature in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestVerify(
                    context,
                    signature.baseAddress,
                    signature.count,
                    message.baseAddress,
                    message.count
                )
            }
        }
        // A bad signature leaves an entry in this thread's error queue, which nobody reads.
        ERR_clear_error()
        return result == 1
    }

    /// `SHA256:` and the base64url of the digest of the raw key: short enough to read to someone.
    package var fingerprint: String {
        "SHA256:" + Base64URL.encode(SHA256Hash.digest(rawRepresentation).bytes)
    }
}
