import Glibc

/// Why a file could not be read or written, as a sentence for the person.
struct FileProblem: Error, Hashable, Sendable {
    let sentence: String
    /// The `errno`, where the operating system said no.
    let code: Int32?

    init(_ sentence: String) {
        self.sentence = sentence
        code = nil
    }

    /// - Parameter action: What was tried, as in "read /etc/hosts".
    init(cannot action: String, code: Int32) {
        sentence = "Cannot \(action): \(Self.reason(code))."
        self.code = code
    }

    /// Whether there simply is no such file or folder.
    var isMissing: Bool { code == ENOENT }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case ENOENT: "it does not exist"
        case EACCES, EPERM: "permission denied"
        case ENOSPC, EDQUOT: "no space is left"
        case EROFS: "the file system is read-only"
        case ELOOP: "it is a symbolic link"
        case ENOTDIR: "it is not a folder, or a symbolic link to one"
        case EISDIR: "it is a folder"
        case EIO: "the disk reports an error"
        default: "system error \(code)"
        }
    }
}
