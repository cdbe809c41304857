import Glibc

/// Why a file of secrets cannot be used. Names the file and what to do, nothing of what is in it.
package enum SecretFileError: Error, Hashable, Sendable {
    case missing(path: String)
    case alreadyExists(path: String)
    case notAFile(path: String)
    /// Owned by neither us nor root.
    case wrongOwner(path: String, owner: UInt32)
    /// Has permissions beyond those allowed.
    case wrongMode(path: String, mode: UInt32, allowed: UInt32)
    case wrongSize(path: String)
    /// `errno` of the failed call.
    case system(path: String, operation: String, code: Int32)
    case noMemory(CryptographyError)

    /// One sentence for the operator.
    package var sentence: String {
        switch self {
        case .missing(let path): "\(path) does not exist."
        case .alreadyExists(let path): "\(path) exists already and is not overwritten."
        case .notAFile(let path): "\(path) is not a regular file."
        case .wrongOwner(let path, let owner):
            "\(path) belongs to user \(owner); give it to the user that runs this, or to root."
        case .wrongMode(let path, let mode, let allowed):
            "\(path) has mode 0\(String(mode, radix: 8)); run: chmod 0\(String(allowed, radix: 8)) \(path)"
        case .wrongSize(let path): "\(path) is empty, too large, or changed while it was read."
        case .system(let path, let operation, let code): "\(path): \(operation) failed with errno \(code)."
        case .noMemory: "There is no locked memory left for secrets; raise RLIMIT_MEMLOCK."
        }
    }
}
