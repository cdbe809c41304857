package import Cryptography

/// What the keyring says; a locked keyring is not a missing secret, and no keyring is neither.
package enum KeyringAnswer: Sendable {
    /// The secret; of `store`, the one that was stored.
    case found(Secret)
    /// There is no such secret, for sure; of `clear`, there is none any more.
    case missing
    /// The keyring is there, and someone must unlock it.
    case locked
    /// There is no keyring, or it does not answer, with the reason for a person. Another call may fare better.
    case unavailable(String)
}
