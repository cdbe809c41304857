import Synchronization

/// A value that one side delivers once and the other awaits, until a deadline or its cancellation.
final class Handoff<Value: Sendable>: Sendable {
    enum Outcome: Sendable {
        case delivered(Value)
        case late
        case cancelled
    }

    private enum State {
        case empty
        case waiting(CheckedContinuation<Outcome, Never>)
        case settled(Outcome)
        case taken
    }

    private let state = Mutex(State.empty)

    /// False when the other side has stopped waiting: the value is still the caller's.
    @discardableResult
    func deliver(_ value: Value) -> Bool { settle(.delivered(value)) }

    /// To be called once.
    func wait(until deadline: ContinuousClock.Instant) async -> Outcome {
        await withTaskGroup { group in
            group.addTask {
                guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
                self.settle(.late)
            }
            let outcome = await withTaskCancellationHandler {
                await withCheckedContinuation { self.park($0) }
            } onCancel: {
                self.settle(.cancelled)
            }
            group.cancelAll()
            return outcome
        }
    }

    @discardableResult
    private func settle(_ outcome: Outcome) -> Bool {
        let (wasFirst, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Outcome, Never>?) in
            switch state {
            case .empty:
                state = .settled(outcome)
                return (true, nil)
            case .waiting(let continuation):
                state = .taken
                return (true, continuation)
            case .settled, .taken:
                return (false, nil)
            }
        }
        continuation?.resume(returning: outcome)
        return wasFirst
    }

    private func park(_ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome = state.withLock { state -> Outcome? in
            guard case .settled(let outcome) = state else {
                state = .waiting(continuation)
                return nil
            }
            state = .taken
            return outcome
        }
        if let outcome { continuation.resume(returning: outcome) }
    }
}
