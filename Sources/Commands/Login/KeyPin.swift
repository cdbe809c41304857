import ControlAPI
import Cryptography

/// Whether the configuration key that a server shows is the one to believe.
enum KeyPin {
    enum Verdict: Hashable, Sendable {
        /// The pinned one.
        case known
        /// None was pinned; this one is from now on.
        case new
    }

    /// - Parameters:
    ///   - pinned: What is remembered about the server, if anything.
    ///   - expected: The fingerprint that the person gave, if any.
    static func judge(
        _ discovery: Discovery,
        pinned: ServerRecord?,
        expected: String?
    ) throws(CommandFailure) -> Verdict {
        let shown = discovery.configurationKey
        guard let key = publicKey(shown), key.fingerprint == shown.fingerprint else {
            throw CommandFailure(
                "The server's configuration key does not match its own fingerprint; tell your operator."
            )
        }
        if let expected, expected != key.fingerprint {
            throw CommandFailure(
                "The server's configuration key is \(key.fingerprint), not the one you gave; nothing was trusted."
            )
        }
        guard let pinned else { return .new }
        guard pinned.deployment == discovery.deployment, pinned.configurationKey == shown else {
            throw CommandFailure(
                """
                The server's configuration key changed to \(key.fingerprint); if your operator confirms exactly this \
                fingerprint, run `keyreeve trust reset \(key.fingerprint) --server \(pinned.server)`.
                """
            )
        }
        return .known
    }

    static func publicKey(_ key: ConfigurationKey) -> Ed25519PublicKey? {
        Base64URL.decode(key.publicKey).flatMap { Ed25519PublicKey(rawRepresentation: $0) }
    }
}
