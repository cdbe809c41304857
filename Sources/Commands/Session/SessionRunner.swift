import ControlAPI
import ControlClient
import Model

/// Performs what `TokenMachine` decides, within one deadline for everything.
struct SessionRunner: Sendable {
    let surroundings: Surroundings
    let account: AccountFolder
    let storage: any SessionStorage
    /// For all of it: waiting, network, keyring.
    let timeout: Duration

    /// - Throws: `CommandFailure` with the sentence for the person.
    func token(for goal: TokenMachine.Goal) async throws -> String {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        let run = Run(runner: self, goal: goal, deadline: deadline)
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { try await run.perform() }
            group.addTask {
                // A last resort: every step of a run has its own, earlier end.
                try await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            guard let token = try await group.next() ?? nil else {
                throw CommandFailure("No token could be had within \(timeout). Try again in a moment.")
            }
            return token
        }
    }

    /// One attempt.
    private struct Run: Sendable {
        let runner: SessionRunner
        let goal: TokenMachine.Goal
        let deadline: ContinuousClock.Instant

        func perform() async throws -> String {
            var machine = TokenMachine(goal: goal)
            var event = TokenMachine.Event.begun
            // Held until the run ends, whichever way.
            var lock: FileLock?
            defer { lock?.giveBack() }
            while true {
                switch machine.handle(event, now: runner.surroundings.now) {
                case .load:
                    event = .loaded(try await runner.storage.load(), remembered: remembered())
                case .lock:
                    let candidate = try runner.account.lock()
                    let isTaken = try await candidate.take(until: deadline.advanced(by: .milliseconds(-300)))
                    if isTaken { lock = candidate }
                    event = isTaken ? .locked : .notLocked
                case .refresh(let refreshToken):
                    event = await refresh(refreshToken)
                case .save(let record):
                    event = await save(record)
                case .exchange(let assertion):
                    event = await exchange(assertion)
                case .answer(let token):
                    return token
                case .fail(let sentence, let isRemembered):
                    if isRemembered { remember(sentence) }
                    throw CommandFailure(sentence)
                }
            }
        }

        /// What the network may take: a save must still fit in behind it.
        private var networkTime: Duration {
            max(.milliseconds(50), ContinuousClock.now.duration(to: deadline) - .milliseconds(250))
        }

        private func refresh(_ refreshToken: String) async -> TokenMachine.Event {
            let surroundings = runner.surroundings
            let client = surroundings.client(for: runner.account.address)
            do {
                let answer = try await client.refresh(refreshToken, timeout: networkTime)
                let now = surroundings.now
                return .refreshed(SessionRecord(answer.value, clockOffset: answer.clockOffset, now: now))
            } catch {
                return .notRefreshed(TokenMachine.CallFailure(error))
            }
        }

        private func exchange(_ assertion: String) async -> TokenMachine.Event {
            let surroundings = runner.surroundings
            let client = surroundings.client(for: runner.account.address)
            do {
                let name = ProfileName(profile)
                let answer = try await client.relayToken(for: name, bearer: assertion, timeout: networkTime)
                let token = TimedToken(
                    value: answer.value.token,
                    expiresAt: answer.value.expiresAt,
                    clockOffset: answer.clockOffset,
                    now: surroundings.now
                )
                return .exchanged(token)
            } catch {
                return .notExchanged(TokenMachine.CallFailure(error))
            }
        }

        private func save(_ record: SessionRecord) async -> TokenMachine.Event {
            do {
                try await runner.storage.save(record)
                return .saved
            } catch {
                return .notSaved("The session could not be kept: " + CommandFailure(any: error).sentence)
            }
        }

        private var profile: String {
            if case .relayToken(let profile) = goal { profile } else { "" }
        }

        /// Only `keyreeve token` is called many times in a row; a person who repeats a command means it.
        private func remembered() -> String? {
            guard case .relayToken(let profile) = goal, let failure = runner.account.rememberedFailure(),
                failure.counts(for: profile, at: runner.surroundings.milliseconds())
            else { return nil }
            return failure.sentence
        }

        private func remember(_ sentence: String) {
            guard case .relayToken(let profile) = goal else { return }
            let now = runner.surroundings.milliseconds()
            runner.account.remember(RememberedFailure(at: now, profile: profile, sentence: sentence))
        }
    }
}

extension TokenMachine.CallFailure {
    init(_ error: ClientError) {
        let kind: Kind = error.isTransient ? .transient : error.isRefusedBearer ? .refused : .final
        self.init(kind: kind, sentence: CommandFailure(error).sentence)
    }
}
