package import Cryptography

/// Why there is no root key to serve with. Holds nothing of the key.
package enum RootKeyError: Error, Hashable, Sendable {
    case file(SecretFileError)
    /// The file holds something else than 32 bytes in base64.
    case notAKey(path: String)
    /// Not 60 characters of the alphabet in groups, or the checksum does not fit: a letter is wrong.
    case badRecoveryForm
    case unavailable(CryptographyError)

    /// One sentence for the operator.
    package var sentence: String {
        switch self {
        case .file(let error): "The root key cannot be used: \(error.sentence)"
        case .notAKey(let path): "\(path) does not hold a root key; restore it from its recovery form."
        case .badRecoveryForm: "This is not the recovery form of a root key; look for a mistyped or missing letter."
        case .unavailable: "There is no locked memory left for the root key; raise RLIMIT_MEMLOCK."
        }
    }
}
