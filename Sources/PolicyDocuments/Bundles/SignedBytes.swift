import Cryptography

/// Bytes under an Ed25519 signature of a configuration key.
package struct SignedBytes: Hashable, Sendable {
    package let payload: [UInt8]
    package let signature: [UInt8]
    /// The fingerprint of the key.
    package let key: String

    package init(payload: [UInt8], signature: [UInt8], key: String) {
        self.payload = payload
        self.signature = signature
        self.key = key
    }

    init(_ payload: [UInt8], by key: Ed25519SigningKey) throws {
        self.payload = payload
        signature = try key.signature(for: payload)
        self.key = key.publicKey.fingerprint
    }

    func verified(with key: Ed25519PublicKey) throws(BundleProblem) -> [UInt8] {
        guard self.key == key.fingerprint else { throw .unknownKey }
        guard key.isValidSignature(signature, for: payload) else { throw .badSignature }
        return payload
    }
}

/// Why a bundle or a freshness statement is not used.
package enum BundleProblem: Error, Hashable, Sendable {
    case unknownKey
    case badSignature
    case malformed
    case wrongType
    case wrongDigest
    /// Keys that this version does not know.
    case unknownContent
    case refusedContent(String)
    case expired
    case older
    case otherAudience
    case mismatch

    /// One sentence for the person.
    package var sentence: String {
        switch self {
        case .unknownKey: "The configuration is signed with a key that this machine does not trust."
        case .badSignature: "The configuration's signature is wrong; nothing was written."
        case .malformed, .wrongType: "The configuration cannot be read; nothing was written."
        case .wrongDigest: "The configuration's digest is wrong; nothing was written."
        case .unknownContent: "The configuration holds something that this keyreeve does not know; update keyreeve."
        case .refusedContent(let why): "The configuration is refused: \(why)."
        case .expired: "The configuration is too old; fetch it again with `keyreeve config sync`."
        case .older: "A newer configuration is installed already; nothing was written."
        case .otherAudience: "The configuration is made for somebody else; nothing was written."
        case .mismatch: "The freshness statement belongs to another configuration; fetch it again."
        }
    }
}
