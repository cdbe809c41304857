import Cryptography
import Glibc

/// What is at a name.
struct FileStatus: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case file
        case folder
        case symbolicLink
        case other
    }

    let kind: Kind
    let owner: UInt32
    /// The twelve permission bits.
    let mode: UInt32

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        case S_IFLNK: kind = .symbolicLink
        default: kind = .other
        }
        owner = status.st_uid
        mode = status.st_mode & 0o7777
    }

    /// Whether nobody but the owner can change it.
    var isWrittenByOwnerOnly: Bool { mode & 0o022 == 0 }
}

/// An open folder. Names in it are resolved by `openat` and never through a symbolic link.
///
/// With `FileLock` and the terminal, the only place of this module that hands buffers to the operating system.
final class Folder: Sendable {
    let path: String
    private let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        _ = close(descriptor)
    }

    /// Opens the folder of an absolute path.
    ///
    /// - Parameter isLinkRefused: Whether its last name may not be a symbolic link.
    static func open(_ path: String, isLinkRefused: Bool = false) throws(FileProblem) -> Folder {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (isLinkRefused ? O_NOFOLLOW : 0)
        let descriptor = unsafe Glibc.open(path, flags)
        guard descriptor >= 0 else { throw FileProblem(cannot: "open \(path)", code: errno) }
        return Folder(path: path, descriptor: descriptor)
    }

    /// Opens the folder of an absolute path, making it and what is missing above it.
    static func make(_ path: String, mode: UInt32) throws(FileProblem) -> Folder {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            if unsafe mkdir(made, mode) != 0, errno != EEXIST { throw FileProblem(cannot: "make \(made)", code: errno) }
        }
        return try open(path)
    }

    /// Opens a folder in this one; nil if there is none and none shall be made.
    func folder(_ name: String, makingWithMode mode: UInt32? = nil) throws(FileProblem) -> Folder? {
        if let mode, unsafe mkdirat(descriptor, name, mode) != 0, errno != EEXIST {
            throw FileProblem(cannot: "make \(path)/\(name)", code: errno)
        }
        let opened = unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if opened >= 0 { return Folder(path: path + "/" + name, descriptor: opened) }
        if errno == ENOENT { return nil }
        throw FileProblem(cannot: "open \(path)/\(name)", code: errno)
    }

    func status() throws(FileProblem) -> FileStatus {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw FileProblem(cannot: "look at \(path)", code: errno) }
        return FileStatus(status)
    }

    /// What is at a name, a symbolic link itself included; nil for nothing.
    func status(of name: String) throws(FileProblem) -> FileStatus? {
        var status = stat()
        if unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(status) }
        if errno == ENOENT { return nil }
        throw FileProblem(cannot: "look at \(path)/\(name)", code: errno)
    }

    /// The absolute path behind a name, with every symbolic link followed; nil if it leads nowhere.
    func resolve(_ name: String) -> String? {
        guard let real = unsafe realpath(path + "/" + name, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// Reads a regular file whole; nil if there is none.
    func read(_ name: String, atMost limit: Int = 1 << 20) throws(FileProblem) -> [UInt8]? {
        let opened = unsafe openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else {
            if errno == ENOENT { return nil }
            throw FileProblem(cannot: "read \(path)/\(name)", code: errno)
        }
        let file = FileDescriptor(opened, path: path + "/" + name)
        guard try file.status().kind == .file else { throw FileProblem("\(path)/\(name) is not a regular file.") }
        return try file.read(atMost: limit)
    }

    /// Puts a file in place as a whole: a reader sees the old bytes or the new ones, and a crash loses neither.
    ///
    /// - Parameter temporaryName: Where the bytes are put together; a fixed one only under a lock. Random without.
    func replace(
        _ name: String,
        with bytes: [UInt8],
        mode: UInt32,
        isDurable: Bool = true,
        temporaryName: String? = nil
    ) throws(FileProblem) {
        let random = "." + name + "." + Base64URL.encode(SecureRandom.bytes(9)) + ".tmp"
        let temporary = temporaryName ?? random
        let creation = temporaryName == nil ? O_EXCL : O_TRUNC
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | creation
        let opened = unsafe openat(descriptor, temporary, flags, 0o600)
        guard opened >= 0 else { throw FileProblem(cannot: "write \(path)/\(name)", code: errno) }
        let file = FileDescriptor(opened, path: path + "/" + name)
        do throws(FileProblem) {
            try file.write(bytes)
            guard fchmod(opened, mode) == 0, !isDurable || fsync(opened) == 0,
                unsafe renameat(descriptor, temporary, descriptor, name) == 0
            else { throw FileProblem(cannot: "write \(path)/\(name)", code: errno) }
        } catch {
            _ = unsafe unlinkat(descriptor, temporary, 0)
            throw error
        }
        if isDurable, fsync(descriptor) != 0 { throw FileProblem(cannot: "write \(path)/\(name)", code: errno) }
    }

    /// Removes a file; none is fine.
    func remove(_ name: String) throws(FileProblem) {
        if unsafe unlinkat(descriptor, name, 0) != 0, errno != ENOENT {
            throw FileProblem(cannot: "remove \(path)/\(name)", code: errno)
        }
    }

    /// Opens, and makes if needed, the file that a lock is taken on.
    func lock(_ name: String) throws(FileProblem) -> FileLock {
        let opened = unsafe openat(descriptor, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw FileProblem(cannot: "open \(path)/\(name)", code: errno) }
        return FileLock(FileDescriptor(opened, path: path + "/" + name))
    }
}
