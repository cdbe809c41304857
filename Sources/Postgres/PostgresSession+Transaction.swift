package enum TransactionIsolation: Hashable, Sendable {
    case readCommitted
    case repeatableRead
    case serializable
}

/// What COMMIT waits for.
package enum SynchronousCommit: Hashable, Sendable {
    /// The local disk, and the synchronous standby where there is one.
    case on
    /// The local disk only.
    case local
    /// Nothing: a crash may lose the transaction.
    case off
}

extension PostgresSession {
    /// Runs the body in a transaction: commits when it returns, rolls back when it throws.
    ///
    /// A `.connection` error of the commit leaves open whether it happened. Transactions do not nest.
    @discardableResult
    package nonisolated func transaction<Value>(
        isolation: TransactionIsolation = .readCommitted,
        readOnly: Bool = false,
        synchronousCommit: SynchronousCommit? = nil,
        _ body: (PostgresSession) async throws -> Value
    ) async throws -> Value {
        try await begin(Self.begin(isolation, readOnly: readOnly, synchronousCommit))
        do {
            let value = try await body(self)
            try await commit()
            return value
        } catch {
            await rollback()
            throw error
        }
    }

    private static func begin(
        _ isolation: TransactionIsolation,
        readOnly: Bool,
        _ synchronousCommit: SynchronousCommit?
    ) -> [SQL] {
        let begin: SQL =
            switch isolation {
            case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
            case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
            case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
            }
        let mode: SQL = readOnly ? " READ ONLY" : " READ WRITE"
        let commit: [SQL] =
            switch synchronousCommit {
            case .none: []
            case .on: ["SET LOCAL synchronous_commit = on"]
            case .local: ["SET LOCAL synchronous_commit = local"]
            case .off: ["SET LOCAL synchronous_commit = off"]
            }
        return [SQL.joined([begin, mode], separator: "")] + commit
    }
}
