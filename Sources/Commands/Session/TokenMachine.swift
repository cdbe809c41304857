/// Decides, step by step, how a session gives a token; does nothing itself.
///
/// Someone else performs each action and reports what came of it. The rules (`trust.md` 1): a relay token with more
/// than a third of its life left is answered without a network; the assertion is renewed only in its last quarter,
/// under the lock, after a second look at what is stored; a new refresh token is durable before anything else
/// happens; a token that still works is better than an error.
struct TokenMachine: Sendable {
    enum Goal: Hashable, Sendable {
        /// A relay token for a profile; the empty name leaves the profile to the server.
        case relayToken(profile: String)
        /// The session assertion, for the control API.
        case assertion
    }

    /// Why a call to the server failed.
    struct CallFailure: Error, Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            /// May work in a moment.
            case transient
            /// The token that was sent is not good any more.
            case refused
            /// Will not work.
            case final
        }

        let kind: Kind
        let sentence: String
    }

    enum Action: Hashable, Sendable {
        /// Read the session and the remembered failure.
        case load
        /// Take the session's lock.
        case lock
        case refresh(String)
        /// Make the record durable.
        case save(SessionRecord)
        case exchange(assertion: String)
        case answer(String)
        case fail(String, isRemembered: Bool)
    }

    enum Event: Hashable, Sendable {
        case begun
        case loaded(SessionRecord?, remembered: String?)
        case locked
        case notLocked
        case refreshed(SessionRecord)
        case notRefreshed(CallFailure)
        case saved
        case notSaved(String)
        case exchanged(TimedToken)
        case notExchanged(CallFailure)
    }

    private enum State: Hashable, Sendable {
        case idle
        case looking
        case locking(SessionRecord)
        case lookingAgain
        case refreshing(SessionRecord, because: Reason)
        case savingSession(SessionRecord)
        case exchanging(SessionRecord)
        case savingToken(SessionRecord, token: String)
        case ended
    }

    private enum Reason: Hashable, Sendable {
        case age
        /// The server did not take the assertion.
        case refusal
    }

    let goal: Goal
    private var state = State.idle
    private var hasRefreshed = false

    init(goal: Goal) { self.goal = goal }

    /// - Parameter now: Whole seconds since 1970.
    mutating func handle(_ event: Event, now: Int64) -> Action {
        switch (state, event) {
        case (.idle, .begun):
            state = .looking
            return .load
        case (.looking, .loaded(let record, let remembered)):
            if let action = immediate(record, remembered, now: now) { return action }
            guard let record else { return fail(Self.notSignedIn) }
            state = .locking(record)
            return .lock
        case (.locking, .locked):
            state = .lookingAgain
            return .load
        case (.locking(let record), .notLocked):
            return fallBack(record, "Another keyreeve is busy with this session. Try again in a moment.", now: now)
        case (.lookingAgain, .loaded(let record, let remembered)):
            if let action = immediate(record, remembered, now: now) { return action }
            guard let record else { return fail(Self.notSignedIn) }
            return begin(record, now: now)
        case (.refreshing(var record, _), .refreshed(let renewal)):
            hasRefreshed = true
            record.renew(with: renewal)
            state = .savingSession(record)
            return .save(record)
        case (.refreshing(let record, let reason), .notRefreshed(let failure)):
            return refreshFailed(record, reason, failure, now: now)
        case (.savingSession(let record), .saved):
            return proceed(record)
        case (.savingSession, .notSaved(let sentence)):
            return fail(sentence)
        case (.exchanging(var record), .exchanged(let token)):
            record.keep(token, for: profile, now: now)
            state = .savingToken(record, token: token.value)
            return .save(record)
        case (.exchanging(let record), .notExchanged(let failure)):
            return exchangeFailed(record, failure, now: now)
        case (.savingToken(_, let token), .saved), (.savingToken(_, let token), .notSaved):
            // A relay token that was not kept is only asked for again.
            return answer(token)
        default:
            return fail("keyreeve lost track of its session. Try again.")
        }
    }

    // MARK: Steps

    private static let notSignedIn = "You are not signed in. Run `keyreeve login`."
    private static let sessionOver = "Your session has expired. Sign in again: run `keyreeve login`."

    private var profile: String {
        if case .relayToken(let profile) = goal { profile } else { "" }
    }

    /// What can be said from storage alone; a good token counts more than the memory of a failure.
    private mutating func immediate(_ record: SessionRecord?, _ remembered: String?, now: Int64) -> Action? {
        switch goal {
        case .relayToken(let profile):
            if let token = record?.relayTokens[profile], token.hasMore(thanOneIn: 3, at: now) {
                return answer(token.value)
            }
        case .assertion:
            if let token = record?.assertion, token.hasMore(thanOneIn: 4, at: now) { return answer(token.value) }
        }
        return remembered.map { fail($0) }
    }

    private mutating func begin(_ record: SessionRecord, now: Int64) -> Action {
        if record.assertion.hasMore(thanOneIn: 4, at: now) { return proceed(record) }
        if record.refreshToken.isAlive(at: now) { return refresh(record, because: .age) }
        return record.assertion.isAlive(at: now) ? proceed(record) : fail(Self.sessionOver, isRemembered: true)
    }

    private mutating func refresh(_ record: SessionRecord, because reason: Reason) -> Action {
        state = .refreshing(record, because: reason)
        return .refresh(record.refreshToken.value)
    }

    private mutating func refreshFailed(
        _ record: SessionRecord,
        _ reason: Reason,
        _ failure: CallFailure,
        now: Int64
    ) -> Action {
        guard failure.kind == .transient else { return fail(failure.sentence, isRemembered: true) }
        // The assertion's last quarter is there for outages of this kind.
        if reason == .age, record.assertion.isAlive(at: now) { return proceed(record) }
        return fallBack(record, failure.sentence, now: now)
    }

    private mutating func proceed(_ record: SessionRecord) -> Action {
        if goal == .assertion { return answer(record.assertion.value) }
        state = .exchanging(record)
        return .exchange(assertion: record.assertion.value)
    }

    private mutating func exchangeFailed(_ record: SessionRecord, _ failure: CallFailure, now: Int64) -> Action {
        switch failure.kind {
        case .refused where !hasRefreshed && record.refreshToken.isAlive(at: now):
            return refresh(record, because: .refusal)
        case .transient:
            return fallBack(record, failure.sentence, now: now)
        case .refused, .final:
            return fail(failure.sentence, isRemembered: true)
        }
    }

    /// A token in its last third still works.
    private mutating func fallBack(_ record: SessionRecord, _ sentence: String, now: Int64) -> Action {
        let token = goal == .assertion ? record.assertion : record.relayTokens[profile]
        if let token, token.isAlive(at: now) { return answer(token.value) }
        return fail(sentence, isRemembered: true)
    }

    private mutating func answer(_ token: String) -> Action {
        state = .ended
        return .answer(token)
    }

    private mutating func fail(_ sentence: String, isRemembered: Bool = false) -> Action {
        state = .ended
        return .fail(sentence, isRemembered: isRemembered)
    }
}
