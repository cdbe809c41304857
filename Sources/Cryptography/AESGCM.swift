import COpenSSL

/// AES-256-GCM (SP 800-38D) with a 96-bit nonce and a 128-bit tag, sealed as ciphertext followed by tag.
///
/// A nonce must never meet the same key twice: derive a key per record, or draw the nonce at random and count.
package enum AESGCM {
    package static let keyCount = 32
    package static let nonceCount = 12
    package static let tagCount = 16
    /// OpenSSL counts in 32-bit integers.
    package static let maximumCount = 1 << 30

    /// Ciphertext followed by the tag.
    package static func seal(
        _ plaintext: RawSpan,
        key: Secret,
        nonce: [UInt8],
        authenticating data: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let operation = try Operation.begin(isSealing: true, key: key, nonce: nonce, authenticating: data)
        let count = plaintext.byteCount
        guard count <= maximumCount else { throw .wrongSize(what: "plaintext", count: count) }
        var sealed = [UInt8](repeating: 0, count: count + tagCount)
        let isSealed = unsafe sealed.withUnsafeMutableBytes { output in
            unsafe plaintext.withUnsafeBytes { input in
                unsafe operation.transform(input, into: output.baseAddress)
                    && operation.finish()
                    && operation.readTag(into: output.baseAddress.map { unsafe $0 + count })
            }
        }
        guard isSealed else { throw .refused(operation: "AES-GCM seal") }
        return sealed
    }

    /// The same, of bytes in an array; where they are secret, the caller wipes them.
    package static func seal(
        _ plaintext: [UInt8],
        key: Secret,
        nonce: [UInt8],
        authenticating data: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        try plaintext.withRawSpan { span throws(CryptographyError) in
            try seal(span, key: key, nonce: nonce, authenticating: data)
        }
    }

    /// The plaintext, written to the arena and nowhere else; `notAuthentic` for anything that `seal` did not make
    /// with the same key, nonce and data.
    package static func open(
        _ sealed: [UInt8],
        key: Secret,
        nonce: [UInt8],
        authenticating data: [UInt8],
        in arena: SecretArena
    ) throws(CryptographyError) -> Secret {
        let count = sealed.count - tagCount
        guard count >= 0, count <= maximumCount else { throw .wrongSize(what: "sealed bytes", count: sealed.count) }
        let operation = try Operation.begin(isSealing: false, key: key, nonce: nonce, authenticating: data)
        return try unsafe arena.makeSecret(count: count) { output throws(CryptographyError) in
            let isAuthentic = unsafe sealed.withUnsafeBytes { input in
                unsafe operation.expectTag(UnsafeRawBufferPointer(rebasing: input[count...]))
                    && operation.transform(UnsafeRawBufferPointer(rebasing: input[..<count]), into: output.baseAddress)
                    && operation.finish()
            }
            guard isAuthentic else { throw .notAuthentic }
        }
    }
}

/// One keyed cipher context, freed with its key schedule wiped.
@safe private struct Operation: ~Copyable {
    private let context: OpaquePointer
    private let isSealing: Bool

    /// Keys it.
    static func begin(
        isSealing: Bool,
        key: Secret,
        nonce: [UInt8],
        authenticating data: [UInt8]
    ) throws(CryptographyError) -> Operation {
        guard key.count == AESGCM.keyCount else { throw .wrongSize(what: "AES key", count: key.count) }
        guard nonce.count == AESGCM.nonceCount else { throw .wrongSize(what: "AES-GCM nonce", count: nonce.count) }
        guard data.count <= AESGCM.maximumCount else { throw .wrongSize(what: "AES-GCM data", count: data.count) }
        let operation = try Operation(isSealing: isSealing)
        guard operation.setKey(key, nonce: nonce), operation.bind(data) else { throw .refused(operation: "AES-GCM") }
        return operation
    }

    private init(isSealing: Bool) throws(CryptographyError) {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .refused(operation: "AES-GCM") }
        unsafe self.context = unsafe context
        self.isSealing = isSealing
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
    }

    private func setKey(_ key: Secret, nonce: [UInt8]) -> Bool {
        unsafe key.withUnsafeBytes { key in
            unsafe nonce.withUnsafeBufferPointer { nonce in
                unsafe EVP_CipherInit_ex2(
                    context,
                    OpenSSLAlgorithms.aes256GCM,
                    key.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    nonce.baseAddress,
                    isSealing ? 1 : 0,
                    nil
                ) == 1
            }
        }
    }

    private func bind(_ data: [UInt8]) -> Bool {
        guard !data.isEmpty else { return true }
        var written: Int32 = 0
        return unsafe data.withUnsafeBufferPointer { data in
            unsafe EVP_CipherUpdate(context, nil, &written, data.baseAddress, Int32(data.count)) == 1
        }
    }

    /// The whole input in one call; the output has as many bytes.
    func transform(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer?) -> Bool {
        guard input.count > 0 else { return true }
        var written: Int32 = 0
        let result = unsafe EVP_CipherUpdate(
            context,
            output?.assumingMemoryBound(to: UInt8.self),
            &written,
            input.baseAddress?.assumingMemoryBound(to: UInt8.self),
            Int32(input.count)
        )
        return result == 1 && Int(written) == input.count
    }

    /// GCM has no padding: the end writes nothing, makes the tag or checks it.
    func finish() -> Bool {
        var written: Int32 = 0
        return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { spare in
            unsafe EVP_CipherFinal_ex(context, spare.baseAddress, &written) == 1
        }
    }

    func readTag(into output: UnsafeMutableRawPointer?) -> Bool {
        unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(AESGCM.tagCount), output) == 1
    }

    func expectTag(_ tag: UnsafeRawBufferPointer) -> Bool {
        // Only read, although the signature is that of the call for both directions.
        let start = unsafe UnsafeMutableRawPointer(mutating: tag.baseAddress)
        return unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(AESGCM.tagCount), start) == 1
    }
}
