import Glibc

/// Files whose content is secret: read straight into an arena, written so that they exist whole or not at all.
package enum SecretFile {
    /// The most bytes that such a file may have.
    package static let maximumCount = 64 * 1024

    /// Reads a regular file that belongs to us or to root and has no permission beyond `allowedMode`.
    ///
    /// A symbolic link is followed, since mounted secrets are links; what is checked is what was opened.
    package static func read(
        _ path: String,
        allowedMode: UInt32 = 0o400,
        in arena: SecretArena
    ) throws(SecretFileError) -> Secret {
        // Without O_NONBLOCK a FIFO put there would hang us.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .missing(path: path) : .system(path: path, operation: "open", code: errno)
        }
        defer { close(descriptor) }
        let count = try checkedCount(of: descriptor, path: path, allowedMode: allowedMode)
        do {
            return try unsafe arena.makeSecret(count: count) { slot throws(CryptographyError) in
                var filled = 0
                while filled < count {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: slot[filled...])
                    let result = unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
                    if result < 0, errno == EINTR { continue }
                    guard result > 0 else { throw .wrongSize(what: "file", count: filled) }
                    filled += result
                }
            }
        } catch .wrongSize {
            throw .wrongSize(path: path)
        } catch {
            throw .noMemory(error)
        }
    }

    private static func checkedCount(
        of descriptor: Int32,
        path: String,
        allowedMode: UInt32
    ) throws(SecretFileError) -> Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .system(path: path, operation: "fstat", code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .wrongOwner(path: path, owner: status.st_uid)
        }
        let mode = status.st_mode & 0o7777
        guard mode & ~allowedMode == 0 else { throw .wrongMode(path: path, mode: mode, allowed: allowedMode) }
        let count = Int(status.st_size)
        guard count > 0, count <= maximumCount else { throw .wrongSize(path: path) }
        return count
    }

    /// Makes the file, which must not exist yet, with `mode`, and syncs it and its directory.
    ///
    /// It is written under another name and then linked: a crash leaves the whole file or none.
    package static func create(
        _ path: String,
        holding secret: Secret,
        mode: UInt32 = 0o400
    ) throws(SecretFileError) {
        let temporary = path + ".new-" + Hexadecimal.encode(SecureRandom.bytes(8))
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(path: path, operation: "create", code: errno) }
        defer {
            close(descriptor)
            _ = unsafe unlink(temporary)
        }
        guard write(secret, to: descriptor) else { throw .system(path: path, operation: "write", code: errno) }
        // Not by the mode of open, from which the umask is taken.
        guard fchmod(descriptor, mode) == 0 else { throw .system(path: path, operation: "fchmod", code: errno) }
        guard fsync(descriptor) == 0 else { throw .system(path: path, operation: "fsync", code: errno) }
        guard unsafe link(temporary, path) == 0 else {
            throw errno == EEXIST ? .alreadyExists(path: path) : .system(path: path, operation: "link", code: errno)
        }
        try syncDirectory(of: path)
    }

    private static func syncDirectory(of path: String) throws(SecretFileError) {
        let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = unsafe open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path: parent, operation: "open", code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(path: parent, operation: "fsync", code: errno) }
    }

    /// Writes all of the secret to an open descriptor, for instance a terminal; false with `errno` where that fails.
    package static func write(_ secret: Secret, to descriptor: Int32) -> Bool {
        unsafe secret.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
                let result = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if result < 0, errno == EINTR { continue }
                guard result > 0 else { return false }
                written += result
            }
            return true
        }
    }
}
