import Dispatch
import Glibc
import Synchronization

/// A few threads for calls that block, started as they are needed.
///
/// When all of them are stuck and the queue is full, further calls are refused: a daemon that hangs must not collect
/// callers.
final class WorkerThreads: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var threads = 0
        var idle = 0
        var isStopped = false
    }

    private let limit: Int
    private let queueLimit: Int
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    init(limit: Int, queueLimit: Int = 64) {
        self.limit = limit
        self.queueLimit = queueLimit
    }

    /// False where it was refused.
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, needsThread) = state.withLock { state in
            guard !state.isStopped, state.jobs.count < queueLimit else { return (false, false) }
            state.jobs.append(job)
            guard state.idle < state.jobs.count, state.threads < limit else { return (true, false) }
            state.threads += 1
            return (true, true)
        }
        guard isTaken else { return false }
        if needsThread, !start() {
            state.withLock { $0.threads -= 1 }
        }
        wakeUp.signal()
        return true
    }

    /// Lets the threads end when they are next idle. Queued jobs are dropped; their callers have deadlines.
    func stop() {
        let threads = state.withLock { state in
            state.isStopped = true
            state.jobs.removeAll()
            return state.threads
        }
        for _ in 0..<threads { wakeUp.signal() }
    }

    private func start() -> Bool {
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(self)
        let result = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let threads = unsafe Unmanaged<WorkerThreads>.fromOpaque(argument).takeRetainedValue()
                threads.work()
                return nil
            },
            argument.toOpaque()
        )
        guard result == 0 else {
            unsafe argument.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        while true {
            let (job, isStopped): ((@Sendable () -> Void)?, Bool) = state.withLock { state in
                if state.isStopped { return (nil, true) }
                if !state.jobs.isEmpty { return (state.jobs.removeFirst(), false) }
                state.idle += 1
                return (nil, false)
            }
            if isStopped { return nil }
            if let job { return job }
            wakeUp.wait()
            state.withLock { $0.idle -= 1 }
        }
    }
}
