import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256Hash {
    package static func digest(_ bytes: [UInt8]) -> Digest {
        unsafe digest(bytes.span.bytes)
    }

    package static func digest(_ span: RawSpan) -> Digest {
        let result = unsafe span.withUnsafeBytes { input in
            unsafe DigestBuffer { output in
                unsafe EVP_Digest(input.baseAddress, input.count, output, nil, OpenSSLAlgorithms.sha256, nil)
            }
        }
        return result.digest
    }

    /// A digest of bytes that come in pieces.
    @safe package struct Incremental: ~Copyable {
        // Owned: freed in deinit, never given out.
        private let context: OpaquePointer

        package init() {
            guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("OpenSSL is out of memory") }
            unsafe self.context = unsafe context
            precondition(
                unsafe EVP_DigestInit_ex2(context, OpenSSLAlgorithms.sha256, nil) == 1,
                "OpenSSL could not begin a SHA-256"
            )
        }

        deinit {
            unsafe EVP_MD_CTX_free(context)
        }

        package mutating func update(_ span: RawSpan) {
            unsafe span.withUnsafeBytes { input in
                precondition(
                    unsafe EVP_DigestUpdate(context, input.baseAddress, input.count) == 1,
                    "OpenSSL could not go on with a SHA-256"
                )
            }
        }

        package mutating func update(_ bytes: [UInt8]) {
            unsafe update(bytes.span.bytes)
        }

        package consuming func finish() -> Digest {
            unsafe DigestBuffer { output in unsafe EVP_DigestFinal_ex(context, output, nil) }.digest
        }
    }
}

/// 32 bytes that an OpenSSL call has filled.
struct DigestBuffer {
    let digest: Digest

    /// The call gets room for 32 bytes and answers 1; anything else is a broken library, not an input.
    init(_ fill: (UnsafeMutablePointer<UInt8>) -> Int32) {
        digest = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.count) { buffer in
            unsafe buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress, unsafe fill(start) == 1 else {
                preconditionFailure("OpenSSL could not compute a SHA-256")
            }
            return unsafe Digest(span: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer)))
        }
    }
}
