import CLibPQ
import Glibc
import Synchronization

/// One dedicated thread on which a session's actor runs, so that waiting for the database blocks nobody else.
///
/// The thread ends after `stop()`, once all that was queued before has run.
final class SessionThread: SerialExecutor {
    private enum Work: Sendable {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct Queue {
        var work: [Work] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let signal: Wakeup
    /// Wakes the thread from waiting for the database, for cancellation.
    let wakeup: Wakeup

    private init(signal: Wakeup, wakeup: Wakeup) {
        self.signal = signal
        self.wakeup = wakeup
    }

    /// Throws when the process can have no more threads or descriptors.
    static func start() throws(PostgresError) -> SessionThread {
        guard let signal = Wakeup(), let wakeup = Wakeup() else { throw .resources }
        let executor = SessionThread(signal: signal, wakeup: wakeup)
        var thread = pthread_t()
        // The thread owns a reference until it ends.
        let context = unsafe Unmanaged.passRetained(executor)
        let status = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                let executor = unsafe Unmanaged<SessionThread>.fromOpaque(context).takeRetainedValue()
                executor.run()
                return nil
            },
            context.toOpaque()
        )
        guard status == 0 else {
            unsafe context.release()
            throw .resources
        }
        pthread_detach(thread)
        return executor
    }

    func enqueue(_ job: consuming ExecutorJob) {
        add(.job(UnownedJob(job)))
    }

    /// Runs after what is queued already.
    func submit(_ closure: @escaping @Sendable () -> Void) {
        add(.closure(closure))
    }

    func stop() {
        queue.withLock { $0.isStopped = true }
        signal.signal()
    }

    private func add(_ work: Work) {
        queue.withLock { $0.work.append(work) }
        signal.signal()
    }

    private func run() {
        unsafe keyreeve_name_thread("keyreeve-pg")
        while true {
            let (work, isStopped) = queue.withLock { queue in
                let work = queue.work
                queue.work.removeAll(keepingCapacity: true)
                return (work, queue.isStopped)
            }
            for item in work {
                switch item {
                case .job(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
                case .closure(let closure): closure()
                }
            }
            if work.isEmpty {
                if isStopped { return }
                signal.wait()
            }
        }
    }
}

extension PostgresError {
    fileprivate static let resources = PostgresError(
        kind: .connection,
        message: "no thread or file descriptor is left for a database session"
    )
}
