import CLibPQ
import Glibc

/// A file descriptor that becomes readable when somebody calls `signal()`: wakes a thread that waits for a socket.
final class Wakeup: Sendable {
    let descriptor: Int32

    /// Nil when the process has no descriptor left.
    init?() {
        let descriptor = keyreeve_eventfd()
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func signal() {
        // Fails only when the counter is full, and then the descriptor is readable anyway.
        _ = eventfd_write(descriptor, 1)
    }

    /// Makes the descriptor unreadable again.
    func drain() {
        var count: eventfd_t = 0
        _ = unsafe eventfd_read(descriptor, &count)
    }

    /// Waits until signalled.
    func wait() {
        var descriptors = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&descriptors, 1, -1)
        drain()
    }
}
