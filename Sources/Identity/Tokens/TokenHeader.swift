import Cryptography

/// The header of our tokens. It has exactly one encoding for a key and an audience, so a verifier looks the bytes up
/// and never parses what a stranger wrote: no algorithm to confuse, no `jku`, no `crit`.
enum TokenHeader {
    /// base64url, as it stands before the first dot.
    static func encoded(key: Ed25519PublicKey, audience: TokenAudience) -> String {
        // The key id and the type hold no character that JSON escapes.
        let json = #"{"alg":"EdDSA","kid":"\#(keyID(of: key))","typ":"\#(audience.type)"}"#
        return Base64URL.encode(Array(json.utf8))
    }

    /// base64url of the key's SHA-256.
    private static func keyID(of key: Ed25519PublicKey) -> String {
        Base64URL.encode(SHA256Hash.digest(key.rawRepresentation).bytes)
    }
}
