import Glibc

/// An open file or directory; closed when the last reference goes. The only place of this module that hands buffers
/// to the operating system.
final class PosixFile: Sendable {
    let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        _ = close(descriptor)
    }

    /// Opens, and makes if needed, a directory that only we may enter.
    static func directory(_ path: String) throws(JournalError) -> PosixFile {
        if unsafe mkdir(path, 0o700) == 0 {
            // A directory that a power cut forgets takes everything in it along.
            try openDirectory("\(path)/..").synchronize()
        } else if errno != EEXIST {
            throw .system(operation: "mkdir", code: errno)
        }
        let directory = try openDirectory(path)
        var status = stat()
        guard unsafe fstat(directory.descriptor, &status) == 0 else { throw .system(operation: "stat", code: errno) }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw .unusableDirectory("The journal directory must belong to this user with mode 0700: \(path)")
        }
        return directory
    }

    private static func openDirectory(_ path: String) throws(JournalError) -> PosixFile {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(operation: "open directory", code: errno) }
        return PosixFile(descriptor: descriptor)
    }

    /// Opens a file that must exist, for writing.
    static func existing(_ path: String) throws(JournalError) -> PosixFile {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(operation: "open", code: errno) }
        return PosixFile(descriptor: descriptor)
    }

    /// Opens a file in this directory for reading and writing; nil if there is none.
    func openFile(_ name: String) throws(JournalError) -> PosixFile? {
        let opened = unsafe openat(descriptor, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        if opened >= 0 { return PosixFile(descriptor: opened) }
        if errno == ENOENT { return nil }
        throw .system(operation: "open", code: errno)
    }

    /// Makes an empty file (0600) in this directory, replacing one of that name.
    func createFile(_ name: String) throws(JournalError) -> PosixFile {
        let flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        let opened = unsafe openat(descriptor, name, flags, 0o600)
        guard opened >= 0 else { throw .system(operation: "create", code: errno) }
        return PosixFile(descriptor: opened)
    }

    func rename(_ name: String, to newName: String) throws(JournalError) {
        guard unsafe renameat(descriptor, name, descriptor, newName) == 0 else {
            throw .system(operation: "rename", code: errno)
        }
    }

    func remove(_ name: String) {
        _ = unsafe unlinkat(descriptor, name, 0)
    }

    /// Takes the lock that other openers ask for; false if somebody holds it.
    func lockExclusively() throws(JournalError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw .system(operation: "flock", code: errno)
    }

    /// Gives the lock back before the file is closed.
    func unlock() {
        _ = flock(descriptor, LOCK_UN)
    }

    func size() throws(JournalError) -> Int64 {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(operation: "stat", code: errno) }
        return Int64(status.st_size)
    }

    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: [UInt8], at offset: Int64) throws(JournalError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
                return unsafe pwrite(descriptor, rest.baseAddress, rest.count, Int(offset) + done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(operation: "write", code: errno)
            }
            done += count
        }
    }

    /// Writes `bytes` at the file's own position, in one call.
    func append(_ bytes: [UInt8]) throws(JournalError) {
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw .system(operation: "write", code: errno)
        }
    }

    /// Reads up to `count` bytes at `offset`; fewer only at the end of the file.
    func read(_ count: Int, at offset: Int64) throws(JournalError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let rest = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[initialized...]
                )
                let got = unsafe pread(descriptor, rest.baseAddress, rest.count, Int(offset) + initialized)
                if got == 0 { break }
                if got < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    break
                }
                initialized += got
            }
        }
        if failure != 0 { throw .system(operation: "read", code: failure) }
        return bytes
    }

    /// Waits until the file's data is on stable storage.
    func synchronizeData() throws(JournalError) {
        guard fdatasync(descriptor) == 0 else { throw .system(operation: "fdatasync", code: errno) }
    }

    /// The same with size and directory entries: for new files and for directories.
    func synchronize() throws(JournalError) {
        guard fsync(descriptor) == 0 else { throw .system(operation: "fsync", code: errno) }
    }
}
