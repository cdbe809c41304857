import COpenSSL

/// Random bytes from OpenSSL's generator, which the kernel seeds. That it cannot be seeded is a broken machine.
package enum SecureRandom {
    package static func bytes(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            precondition(
                unsafe RAND_bytes_ex(nil, buffer.baseAddress, count, 0) == 1,
                "OpenSSL has no random bytes to give"
            )
            written = count
        }
    }

    /// Random bytes that have never been outside the arena.
    package static func secret(_ count: Int, in arena: SecretArena) throws(CryptographyError) -> Secret {
        guard count > 0 else { throw .wrongSize(what: "random secret", count: count) }
        return try unsafe arena.makeSecret(count: count) { slot throws(CryptographyError) in
            let start = unsafe slot.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard unsafe RAND_priv_bytes_ex(nil, start, count, 0) == 1 else {
                throw .refused(operation: "random bytes")
            }
        }
    }
}
