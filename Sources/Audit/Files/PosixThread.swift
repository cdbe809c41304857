import Glibc

/// A thread of our own, for work that blocks in the kernel all day.
struct PosixThread: Sendable {
    private let handle: pthread_t

    /// - Parameter name: up to 15 bytes, shown by `ps -L` and debuggers.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(JournalError) -> PosixThread {
        var handle = pthread_t()
        let named: @Sendable () -> Void = {
            // The name is for people only.
            if let file = try? PosixFile.existing("/proc/thread-self/comm") { try? file.append(Array(name.utf8)) }
            body()
        }
        let box = unsafe Unmanaged.passRetained(Body(named))
        let code = unsafe pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else {
            unsafe box.release()
            throw .system(operation: "pthread_create", code: code)
        }
        return PosixThread(handle: handle)
    }

    /// Waits for its end. The thread itself may call it too: then it only lets go, and false comes back.
    func join() -> Bool {
        if pthread_equal(pthread_self(), handle) != 0 {
            _ = pthread_detach(handle)
            return false
        }
        return pthread_join(handle, nil) == 0
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
