/// What went wrong at the database.
///
/// Says enough to find the cause and never holds a value: no parameter, no column content, no DETAIL.
package struct PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// The database cannot be reached, refused the session, or the session was lost. After a lost COMMIT it is
        /// unknown whether the transaction was committed.
        case connection
        /// The server refused the statement; `code` says why. The session lives on.
        case query
        /// A deadline passed: of the server (the session lives on), ours (it was closed), or the pool's.
        case timeout
        /// The task was cancelled. A session that was at work was closed.
        case cancelled
        /// A column is missing, NULL, or not what was asked for.
        case decoding
        /// The session belongs to the wrong role, or to one that row-level security does not bind.
        case role
    }

    package let kind: Kind
    /// The SQLSTATE, where the server gave one.
    package let code: String?
    package let message: String
    /// The name of the constraint that was violated.
    package let constraint: String?

    package init(kind: Kind, code: String? = nil, message: String, constraint: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.constraint = constraint
    }

    package var description: String {
        code.map { "\(message) (SQLSTATE \($0))" } ?? message
    }
}

extension PostgresError {
    package var isUniqueViolation: Bool { code == "23505" }
    package var isForeignKeyViolation: Bool { code == "23503" }
    package var isCheckViolation: Bool { code == "23514" }
    package var isInsufficientPrivilege: Bool { code == "42501" }
    /// Another transaction was in the way (serialization failure or deadlock): the whole transaction may be retried.
    package var isRetryable: Bool { code == "40001" || code == "40P01" }
}

extension PostgresError {
    static let closed = PostgresError(kind: .connection, message: "the database session is closed")
    static let lost = PostgresError(kind: .connection, message: "the connection to the database was lost")
    static let cancelled = PostgresError(kind: .cancelled, message: "the task was cancelled")
    static let unanswered = PostgresError(kind: .timeout, message: "the database did not answer in time")

    static func misuse(_ message: String) -> PostgresError { PostgresError(kind: .query, message: message) }
    static func unsendable(_ reason: String) -> PostgresError {
        PostgresError(kind: .query, code: "22000", message: reason)
    }
}
