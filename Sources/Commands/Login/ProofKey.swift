import Cryptography

/// The proof key of one authorization code (RFC 7636): who redeems the code is who asked for it.
struct ProofKey: Hashable, Sendable {
    /// 43 unreserved characters, 256 bits.
    let verifier: String

    init(verifier: String) { self.verifier = verifier }

    static func random() -> ProofKey { ProofKey(verifier: Base64URL.encode(SecureRandom.bytes(32))) }

    /// The `S256` challenge (section 4.2).
    var challenge: String { Base64URL.encode(SHA256Hash.digest(Array(verifier.utf8)).bytes) }
}
