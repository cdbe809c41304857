package import Cryptography
package import Model

import struct FoundationEssentials.UUID

/// A service account's token, `krv_sa_<id><secret><checksum>`: opaque, with an expiry and a verifier in the snapshot.
///
/// For secret scanners: `krv_sa_[0-9A-Za-z]{58}`.
package struct APIToken: Sendable {
    package static let prefix = "krv_sa_"
    /// In bytes; every api token has exactly this many.
    package static let count =
        prefix.utf8.count + OpaqueText.idCount + OpaqueText.secretCount + OpaqueText.checksumCount

    package let id: APITokenID
    /// Prefix, id and secret: what the verifier is computed over.
    private let proof: [UInt8]

    /// Reads a token; nil for a wrong form or checksum, decided without asking anyone.
    package init?(_ text: [UInt8]) {
        let count = OpaqueText.idCount + OpaqueText.secretCount
        guard let body = OpaqueText.body(of: text, prefix: Self.prefix, count: count),
            let id = UUID(base62: body.prefix(OpaqueText.idCount))
        else { return nil }
        self.id = APITokenID(id)
        proof = Array(text.prefix(Self.prefix.utf8.count + count))
    }

    private init(id: APITokenID, proof: [UInt8]) {
        self.id = id
        self.proof = proof
    }

    /// A fresh one.
    package static func generate(id: APITokenID = .random()) -> APIToken {
        APIToken(id: id, proof: Array(prefix.utf8) + id.uuid.base62 + OpaqueText.randomSecret())
    }

    /// The whole text, to be shown once.
    package var text: String { String(decoding: proof + OpaqueText.checksum(proof), as: UTF8.self) }

    /// What the database keeps: an HMAC under a pepper that the database does not hold.
    package func verifier(pepper: Secret) -> Digest { HMACSHA256.code(proof, key: pepper) }

    /// Compares in constant time.
    package func matches(_ verifier: Digest, pepper: Secret) -> Bool {
        HMACSHA256.isValid(verifier, for: proof, key: pepper)
    }
}
