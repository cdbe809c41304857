import Synchronization

/// Tasks that wait for the journal to move on.
final class JournalWaiting: Sendable {
    private struct State {
        var epoch: UInt64 = 0
        var nextID: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Something changed: everybody looks again.
    func wake() {
        let waiters = state.withLock { state in
            state.epoch &+= 1
            let waiters = state.waiters
            if !waiters.isEmpty { state.waiters = [:] }
            return waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Looks, and looks again after every change, until `check` has an answer. False at the timeout and when
    /// cancelled.
    func wait(timeout: Duration?, until check: @Sendable () -> Bool?) async -> Bool {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while !Task.isCancelled {
            let epoch = state.withLock { $0.epoch }
            if let answer = check() { return answer }
            if let deadline, ContinuousClock.now >= deadline { return false }
            await sleep(after: epoch, deadline: deadline)
        }
        return false
    }

    private func sleep(after epoch: UInt64, deadline: ContinuousClock.Instant?) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.suspend(after: epoch) }
            if let deadline {
                group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns at the next `wake`, at once if there was one since `epoch`, and on cancellation.
    private func suspend(after epoch: UInt64) async {
        let id = state.withLock { state in
            state.nextID &+= 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // A cancellation that is not seen here finds the waiter in its handler.
                    if state.epoch != epoch || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
