import Synchronization

/// A few sessions of one database role, lent to one borrower at a time.
///
/// A session is checked for its role when it is opened and for being alive and idle when it is lent. One that comes back
/// in a transaction, listening, or from a cancelled task is closed; of others all settings are reset.
package final class PostgresPool: Sendable {
    private let conninfo: String
    private let expectedRole: String
    private let allowsPrivilegedRole: Bool
    private let acquireTimeout: Duration
    private let settings: SessionSettings
    private let state: Mutex<PoolState<PostgresSession>>

    /// `allowsPrivilegedRole` is for migrations and tests: without it a superuser or BYPASSRLS role is refused.
    package init(
        conninfo: String,
        expectedRole: String,
        size: Int,
        acquireTimeout: Duration = .seconds(2),
        settings: SessionSettings = SessionSettings(),
        allowsPrivilegedRole: Bool = false
    ) {
        self.conninfo = conninfo
        self.expectedRole = expectedRole
        self.allowsPrivilegedRole = allowsPrivilegedRole
        self.acquireTimeout = acquireTimeout
        self.settings = settings
        state = Mutex(PoolState(size: size))
    }

    /// Lends a session for the time of the body. Waits for one, or for the database, at most `acquireTimeout`.
    @discardableResult
    package func withSession<Value>(_ body: (PostgresSession) async throws -> Value) async throws -> Value {
        let session = try await acquire()
        do {
            let value = try await body(session)
            await release(session)
            return value
        } catch {
            await release(session)
            throw error
        }
    }

    /// Closes idle sessions now and lent ones when they come back; nobody gets one any more.
    package func close() async {
        for session in state.withLock({ $0.close() }) { await session.close() }
    }

    private func acquire() async throws(PostgresError) -> PostgresSession {
        let deadline = ContinuousClock.now.advanced(by: acquireTimeout)
        switch state.withLock({ $0.acquire() }) {
        case .granted(let grant):
            return try await redeem(grant, deadline)
        case .wait(let handoff):
            switch await handoff.wait(until: deadline) {
            case .delivered(let grant):
                return try await redeem(grant, deadline)
            case .cancelled:
                state.withLock { $0.leave(handoff) }
                throw .cancelled
            case .late:
                throw state.withLock { state in
                    state.leave(handoff)
                    return state.lastFailure ?? .exhausted
                }
            }
        case .closed:
            throw .closed
        }
    }

    private func redeem(
        _ grant: PoolState<PostgresSession>.Grant,
        _ deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> PostgresSession {
        if case .session(let session) = grant, await session.checkOut() { return session }
        // A stale session's place is kept for its successor.
        do {
            let session = try await open(deadline)
            state.withLock { $0.opened() }
            return session
        } catch {
            let failure = error.kind == .cancelled ? nil : error
            handle(state.withLock { $0.lost(because: failure) })
            throw error
        }
    }

    private func open(_ deadline: ContinuousClock.Instant) async throws(PostgresError) -> PostgresSession {
        var settings = settings
        let remaining = ContinuousClock.now.duration(to: deadline)
        settings.connectTimeout = min(settings.connectTimeout, max(remaining, .milliseconds(100)))
        let session = try await PostgresSession.connect(conninfo, settings: settings)
        do {
            try await RoleCheck.run(in: session, expected: expectedRole, allowsPrivileged: allowsPrivilegedRole)
        } catch {
            await session.close()
            throw error
        }
        return session
    }

    private func release(_ session: PostgresSession) async {
        if Task.isCancelled { await session.close() }
        if await session.checkIn() {
            let next = state.withLock { $0.giveBack(session) }
            if case .close(let session) = next { await session.close() }
            handle(next)
        } else {
            handle(state.withLock { $0.lost() })
        }
    }

    private func handle(_ release: PoolState<PostgresSession>.Release) {
        var release = release
        while case .pass(let waiter, let grant) = release, !waiter.deliver(grant) {
            release = state.withLock { state in
                switch grant {
                case .session(let session): state.giveBack(session)
                case .open: state.lost()
                }
            }
        }
    }
}

/// That a session is who it should be, and bound by row-level security.
enum RoleCheck {
    static func run(
        in session: PostgresSession,
        expected: String,
        allowsPrivileged: Bool
    ) async throws(PostgresError) {
        let rows = try await session.query(
            """
            SELECT current_user::text AS role,
                   bool_or(rolsuper) AS is_superuser,
                   bool_or(rolbypassrls) AS bypasses
            FROM pg_roles WHERE rolname IN (current_user, session_user)
            """
        )
        guard let row = rows.first else { throw .lost }
        let role = try row.get("role", as: String.self)
        guard role == expected else {
            throw PostgresError(kind: .role, message: "connected as role \"\(role)\", expected \"\(expected)\"")
        }
        if allowsPrivileged { return }
        if try row.get("is_superuser") {
            throw PostgresError(
                kind: .role,
                message: "role \"\(role)\" is a superuser; row-level security needs one that is not"
            )
        }
        if try row.get("bypasses") {
            throw PostgresError(
                kind: .role,
                message: "role \"\(role)\" has BYPASSRLS; row-level security needs one that has not"
            )
        }
    }
}

extension PostgresError {
    fileprivate static let exhausted = PostgresError(
        kind: .timeout,
        message: "all database sessions are in use"
    )
}
