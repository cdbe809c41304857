package import Cryptography
import Synchronization

/// Looks up, stores and clears one secret in the Secret Service of this user's session bus.
///
/// libsecret blocks, and a daemon that hangs blocks it for 25 s: calls run on a few threads of their own and are
/// answered at the deadline whatever becomes of them. It never asks a person to unlock anything. One process talks
/// to one bus, that of `DBUS_SESSION_BUS_ADDRESS` at the first call.
package final class Keyring: Sendable {
    /// False in a build without libsecret, where every answer is `unavailable`.
    package static var isBuiltIn: Bool { SecretServiceClient.isBuiltIn }

    private let arena: SecretArena
    private let deadline: Duration
    private let threads: WorkerThreads

    /// The deadline is for each call, with all its waiting.
    package init(arena: SecretArena, deadline: Duration = .seconds(2)) {
        self.arena = arena
        self.deadline = deadline
        threads = WorkerThreads(limit: 3)
    }

    deinit {
        threads.stop()
    }

    package func lookup(_ item: KeyringItem) async -> KeyringAnswer {
        await call { [arena] in SecretServiceClient.lookup(item, in: arena, cancellation: $0) }
    }

    /// Replaces what is there. Answers `found` with the secret once the keyring has it.
    package func store(_ secret: Secret, as item: KeyringItem) async -> KeyringAnswer {
        await call { SecretServiceClient.store(secret, as: item, cancellation: $0) }
    }

    /// Answers `missing` once it is gone, also where there was none.
    package func clear(_ item: KeyringItem) async -> KeyringAnswer {
        await call { SecretServiceClient.clear(item, cancellation: $0) }
    }

    private func call(_ operation: @escaping @Sendable (Cancellation) -> KeyringAnswer) async -> KeyringAnswer {
        let call = KeyringCall(operation)
        guard threads.submit({ call.run() }) else {
            return .unavailable("the keyring has not answered earlier calls")
        }
        return await withTaskGroup(of: Void.self) { [deadline] group in
            group.addTask {
                // Cancelled as soon as there is an answer.
                guard (try? await Task.sleep(for: deadline)) != nil else { return }
                call.finish(.unavailable("the keyring did not answer within \(deadline)"))
            }
            let answer = await call.answer()
            group.cancelAll()
            return answer
        }
    }
}

/// One call: run by a worker, answered by whoever is first, the worker, the deadline or the caller's cancellation.
private final class KeyringCall: Sendable {
    private enum State {
        case pending
        case waiting(CheckedContinuation<KeyringAnswer, Never>)
        case answered(KeyringAnswer)
    }

    private let operation: @Sendable (Cancellation) -> KeyringAnswer
    private let cancellation = Cancellation()
    private let state = Mutex(State.pending)

    init(_ operation: @escaping @Sendable (Cancellation) -> KeyringAnswer) {
        self.operation = operation
    }

    /// Blocks. Does nothing for a call that was answered while it was queued.
    func run() {
        let isAnswered = state.withLock { state in
            if case .answered = state { true } else { false }
        }
        guard !isAnswered else { return }
        finish(operation(cancellation))
    }

    /// Answers, unless that was done already, and stops libsecret where it still runs.
    func finish(_ answer: KeyringAnswer) {
        let waiting: CheckedContinuation<KeyringAnswer, Never>? = state.withLock { state in
            switch state {
            case .answered: return nil
            case .pending:
                state = .answered(answer)
                return nil
            case .waiting(let continuation):
                state = .answered(answer)
                return continuation
            }
        }
        cancellation.cancel()
        waiting?.resume(returning: answer)
    }

    func answer() async -> KeyringAnswer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: KeyringAnswer? = state.withLock { state in
                    if case .answered(let answer) = state { return answer }
                    state = .waiting(continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            finish(.unavailable("the call was cancelled"))
        }
    }
}
