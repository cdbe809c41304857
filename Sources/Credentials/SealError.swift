package import Cryptography

/// Why something cannot be sealed or opened. Holds ids, never bytes.
package enum SealError: Error, Hashable, Sendable {
    /// Not what was sealed: altered, moved to another place, or sealed under another key.
    case notAuthentic
    /// Bytes that are no sealed field or no wrapped key, or of a format that this version does not know.
    case malformed
    /// The root key does not have 256 bits.
    case badRootKey
    case unavailable(CryptographyError)

    init(_ error: CryptographyError) {
        self = error == .notAuthentic ? .notAuthentic : .unavailable(error)
    }
}
