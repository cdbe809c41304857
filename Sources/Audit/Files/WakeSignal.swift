import Glibc

/// Wakes one sleeping thread: a pair of sockets, because that needs no memory of a fixed address, takes a timeout and
/// is never inherited.
///
/// A signal that comes before the sleep is not lost; several count as one.
final class WakeSignal: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(JournalError) {
        var ends: (Int32, Int32) = (-1, -1)
        let code = unsafe withUnsafeMutableBytes(of: &ends) { buffer in
            unsafe socketpair(
                AF_UNIX,
                Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
                0,
                buffer.assumingMemoryBound(to: Int32.self).baseAddress
            )
        }
        guard code == 0 else { throw .system(operation: "socketpair", code: errno) }
        readEnd = ends.0
        writeEnd = ends.1
    }

    deinit {
        _ = close(readEnd)
        _ = close(writeEnd)
    }

    func signal() {
        var byte: UInt8 = 1
        // A full buffer is a signal already.
        _ = unsafe Glibc.write(writeEnd, &byte, 1)
    }

    /// Sleeps until a signal or the timeout; nil waits for a signal.
    func wait(milliseconds: Int32?) {
        var request = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&request, 1, milliseconds ?? -1) > 0 else { return }
        var drain: UInt64 = 0
        _ = unsafe Glibc.read(readEnd, &drain, 8)
    }
}
