import Cryptography

/// The right to use one generation of a credential, for one request; it cannot be copied and ends once.
package struct CredentialLease: ~Copyable, Sendable {
    /// For the audit: see `Sealer.fingerprint`.
    package let fingerprint: String
    package let generation: Int64
    private let secret: Secret

    init(secret: Secret, fingerprint: String, generation: Int64) {
        self.secret = secret
        self.fingerprint = fingerprint
        self.generation = generation
    }

    /// How many bytes there are.
    package var count: Int { secret.count }

    /// Lends the bytes for the time of the call. Whoever copies them out wipes the copy.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try secret.withBytes(body)
    }

    /// The request is signed; dropping the lease does the same, this says so.
    package consuming func end() {}
}
