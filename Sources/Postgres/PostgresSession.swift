import CLibPQ

/// One session with the database, on a thread of its own.
///
/// Use it for one thing at a time. When the task that waits for an answer is cancelled, or our patience ends, the server
/// is told to stop and the session is closed, since nobody knows what it was doing; everything after that throws.
package actor PostgresSession {
    nonisolated let thread: SessionThread
    nonisolated let settings: SessionSettings
    private var connection: Connection?
    /// Statements that go out before the next ones, in the same send: a reset, the start of a transaction.
    private var pendingReset = false
    private var pendingBegin: [SQL] = []
    /// Has state that outlives a borrower and no reset removes.
    private var isKept = false

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe thread.asUnownedSerialExecutor()
    }

    private init(_ connection: Connection, thread: SessionThread, settings: SessionSettings) {
        self.connection = connection
        self.thread = thread
        self.settings = settings
    }

    deinit { thread.stop() }

    /// Opens a session within `settings.connectTimeout`. `conninfo` is libpq's `key=value` or URI form.
    package static func connect(
        _ conninfo: String,
        settings: SessionSettings = SessionSettings()
    ) async throws(PostgresError) -> PostgresSession {
        let thread = try SessionThread.start()
        let cancellation = Cancellation(thread.wakeup)
        let deadline = ContinuousClock.now.advanced(by: settings.connectTimeout)
        let patience = Patience(deadline: deadline, cancellation: cancellation)
        let handoff = Handoff<Result<Connection, PostgresError>>()
        thread.submit {
            let result = Result { () throws(PostgresError) in
                try Connection.open(conninfo, settings: settings, wakeup: thread.wakeup, patience)
            }
            // If nobody waits any more, the connection ends here.
            handoff.deliver(result)
        }
        // A little later than the thread, which gives up by itself unless it hangs in name resolution.
        let outcome = await handoff.wait(until: deadline.advanced(by: .milliseconds(50)))
        cancellation.set()
        switch outcome {
        case .delivered(.success(let connection)):
            return PostgresSession(connection, thread: thread, settings: settings)
        case .delivered(.failure(let error)):
            thread.stop()
            guard error.kind == .timeout else { throw error }
            throw PostgresError(kind: .connection, message: "the database did not accept the connection in time")
        case .late:
            thread.stop()
            throw PostgresError(kind: .connection, message: "the database did not accept the connection in time")
        case .cancelled:
            thread.stop()
            throw .cancelled
        }
    }

    /// Runs one statement and returns its rows.
    @discardableResult
    package func query(_ sql: SQL) async throws(PostgresError) -> [Row] {
        try await run([sql]).first.map(Self.rows) ?? []
    }

    /// Runs one statement and returns how many rows it touched.
    @discardableResult
    package func execute(_ sql: SQL) async throws(PostgresError) -> Int {
        try await run([sql]).first?.affectedRows ?? 0
    }

    /// Sends all statements in one go and returns the rows of each. Outside a transaction they are one implicit
    /// transaction: the first error undoes all, and a context set with `set_config(…, true)` ends with them.
    @discardableResult
    package func pipeline(_ statements: [SQL]) async throws(PostgresError) -> [[Row]] {
        try await run(statements).map(Self.rows)
    }

    /// Runs a text of several statements. For migrations and role scripts that ship with us, and nothing else: nothing
    /// can be bound in it.
    package func runScript(_ text: String) async throws(PostgresError) {
        try await flushPending()
        try await operate { (connection, patience) throws(PostgresError) in
            try connection.runScript(text, patience)
        }
    }

    /// The server's version as a number: 150020 is 15.20.
    package var serverVersion: Int { connection?.serverVersion ?? 0 }

    /// The server process of this session, as in `pg_stat_activity.pid`.
    package var processID: Int32 { connection?.processID ?? 0 }

    package var isClosed: Bool { connection == nil }

    /// Ends the session. Whoever uses it afterwards gets an error.
    package func close() {
        connection = nil
    }
}

// MARK: - For the files beside this one

extension PostgresSession {
    /// Runs a group of statements after whatever is pending.
    func run(_ statements: [SQL]) async throws(PostgresError) -> [QueryResult] {
        guard !statements.isEmpty else { return [] }
        let begin = pendingBegin
        let reset = pendingReset ? Self.reset : []
        let groups = [reset, begin + statements].filter { !$0.isEmpty }
        let results = try await operate { (connection, patience) throws(PostgresError) in
            try connection.run(groups, patience)
        }
        pendingBegin = []
        pendingReset = false
        return Array(results.dropFirst(reset.count + begin.count))
    }

    /// Sends what is pending by itself, before something that cannot travel with it.
    func flushPending() async throws(PostgresError) {
        guard pendingReset || !pendingBegin.isEmpty else { return }
        _ = try await run(["SELECT"])
    }

    /// Does one thing with the connection, on the session's thread. Cancellation of the calling task interrupts it.
    func operate<Result: Sendable>(
        for duration: Duration? = nil,
        _ body: (Connection, Patience) throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        guard let connection else { throw .closed }
        let cancellation = Cancellation(thread.wakeup)
        let deadline = ContinuousClock.now.advanced(by: duration ?? settings.patience)
        let patience = Patience(deadline: deadline, cancellation: cancellation)
        let outcome: Swift.Result<Result, PostgresError> = await withTaskCancellationHandler {
            perform(body, connection, patience)
        } onCancel: {
            cancellation.set()
        }
        if connection.isBroken { abandon(connection) }
        return try outcome.get()
    }

    /// Waits for the database, so it must be on the session's thread. A method, because a closure that does not mention
    /// the actor is run by the shared pool instead.
    private func perform<Result>(
        _ body: (Connection, Patience) throws(PostgresError) -> Result,
        _ connection: Connection,
        _ patience: Patience
    ) -> Swift.Result<Result, PostgresError> {
        preconditionIsolated()
        if Task.isCancelled { return .failure(.cancelled) }
        return Swift.Result { () throws(PostgresError) in try body(connection, patience) }
    }

    /// Forgets the connection, and tells the server to stop from a thread of its own: a server that hangs keeps
    /// PQcancel waiting for as long as it hangs, and nobody may wait behind that.
    private func abandon(_ connection: Connection) {
        self.connection = nil
        guard let farewell = try? SessionThread.start() else { return }
        farewell.submit { connection.requestCancel() }
        farewell.stop()
    }

    private static let reset: [SQL] = ["RESET SESSION AUTHORIZATION", "RESET ALL"]

    private static func rows(_ result: QueryResult) -> [Row] {
        (0..<result.rowCount).map { Row(result: result, index: $0) }
    }
}

// MARK: - Transactions

extension PostgresSession {
    /// Begins with the next statement, so that it costs no round trip of its own.
    func begin(_ statements: [SQL]) throws(PostgresError) {
        guard let connection else { throw .closed }
        guard connection.isIdle, pendingBegin.isEmpty else { throw .misuse("the session is in a transaction already") }
        pendingBegin = statements
    }

    func commit() async throws(PostgresError) {
        guard pendingBegin.isEmpty else {
            // Nothing was sent, so there is nothing to commit.
            pendingBegin = []
            return
        }
        let tag = try await run(["COMMIT"]).first?.commandTag
        // COMMIT of a failed transaction is answered with ROLLBACK and no error.
        guard tag == "COMMIT" else {
            throw PostgresError(kind: .query, code: "25P02", message: "the transaction had failed and was rolled back")
        }
    }

    /// Rolls back, or closes the session where that is not possible: the server then rolls back.
    func rollback() async {
        pendingBegin = []
        guard let connection, !connection.isIdle else { return }
        do {
            _ = try await run(["ROLLBACK"])
        } catch {
            close()
        }
        if self.connection?.isIdle == false { close() }
    }
}

// MARK: - Notifications

extension PostgresSession {
    /// Has the session hear a channel from now on; a pool will not lend it again.
    package func listen(_ channel: String) async throws(PostgresError) {
        isKept = true
        try await execute("LISTEN \(identifier: channel)")
    }

    /// Waits for the next notification; nil when none came in time. Cancelling the wait closes the session.
    package func nextNotification(timeout: Duration) async throws(PostgresError) -> PostgresNotification? {
        try await operate(for: timeout) { (connection, patience) throws(PostgresError) in
            try connection.nextNotification(patience)
        }
    }
}

// MARK: - For the pool

extension PostgresSession {
    /// Whether the session can be lent: it is idle and the server is still there.
    func checkOut() -> Bool {
        guard let connection else { return false }
        guard connection.checkAlive(), connection.isIdle else {
            self.connection = nil
            return false
        }
        return true
    }

    /// Whether the session may be lent again. Settings that its borrower left are reset with the next statement.
    func checkIn() -> Bool {
        guard let connection, connection.isIdle, pendingBegin.isEmpty, !isKept else {
            self.connection = nil
            return false
        }
        pendingReset = true
        return true
    }
}

/// What `NOTIFY` sent. A hint: notifications are lost with a session.
package struct PostgresNotification: Hashable, Sendable {
    package let channel: String
    package let payload: String
    /// The server process of the sender.
    package let processID: Int32
}
