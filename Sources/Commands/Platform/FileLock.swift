import Glibc

/// An exclusive `flock` on a file. The kernel gives it back when we die, however we die.
final class FileLock: Sendable {
    private let file: FileDescriptor

    init(_ file: FileDescriptor) { self.file = file }

    /// Takes the lock if nobody has it. It goes with the last reference to this.
    func take() throws(FileProblem) -> Bool {
        if flock(file.number, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK || errno == EINTR { return false }
        throw FileProblem(cannot: "lock \(file.path)", code: errno)
    }

    /// Waits for the lock, up to the deadline.
    func take(until deadline: ContinuousClock.Instant) async throws(FileProblem) -> Bool {
        var pause = Duration.milliseconds(2)
        while try !take() {
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: pause)) != nil else { return false }
            pause = min(pause * 2, .milliseconds(30))
        }
        return true
    }

    func giveBack() {
        _ = flock(file.number, LOCK_UN)
    }
}
