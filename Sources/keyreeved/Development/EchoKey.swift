import Cryptography
import Foundation

/// The key that the echo provider takes. The provider knows its digest, the organization's credential holds it sealed;
/// it is nowhere in clear.
struct EchoKey: Sendable {
    let digest: Digest
    /// The key itself, only where it was made just now.
    let fresh: Secret?

    static func findOrMake(in directory: String, arena: SecretArena) throws -> EchoKey {
        let path = directory + "/echo-provider.sha256"
        if let text = try? String(contentsOfFile: path, encoding: .utf8),
            let bytes = Hexadecimal.decode(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            let digest = Digest(bytes: bytes)
        {
            return EchoKey(digest: digest, fresh: nil)
        }
        var key = Array("sk-echo-".utf8) + Array(Base64URL.encode(SecureRandom.bytes(24)).utf8)
        let digest = SHA256Hash.digest(key)
        let secret = try arena.store(wiping: &key)
        try digest.hex.write(toFile: path, atomically: true, encoding: .utf8)
        return EchoKey(digest: digest, fresh: secret)
    }
}
