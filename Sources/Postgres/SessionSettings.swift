/// How long a session may take, and what it calls itself.
///
/// Sent with the start of the session, so that `RESET ALL` comes back to them.
package struct SessionSettings: Sendable {
    /// From the first attempt until the session can be used, name resolution included.
    package var connectTimeout: Duration
    /// Enforced by the server; our own patience ends two seconds later, and then the session is closed.
    package var statementTimeout: Duration
    package var lockTimeout: Duration
    package var idleInTransactionTimeout: Duration
    /// Shown in `pg_stat_activity`.
    package var applicationName: String

    package init(
        connectTimeout: Duration = .seconds(2),
        statementTimeout: Duration = .seconds(10),
        lockTimeout: Duration = .seconds(5),
        idleInTransactionTimeout: Duration = .seconds(30),
        applicationName: String = "keyreeve"
    ) {
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.applicationName = applicationName
    }

    /// For migrations and maintenance: an hour a statement.
    package static let maintenance = Self(
        statementTimeout: .seconds(3600),
        lockTimeout: .seconds(10),
        idleInTransactionTimeout: .seconds(3600),
        applicationName: "keyreeve-migrate"
    )

    /// How long we wait for the answer to one statement, pipeline or script.
    var patience: Duration { statementTimeout + .seconds(2) }

    /// The text forms of dates and bytes are fixed, because `PostgresDecodable` reads them.
    var startOptions: String {
        [
            "statement_timeout=\(Self.milliseconds(statementTimeout))",
            "lock_timeout=\(Self.milliseconds(lockTimeout))",
            "idle_in_transaction_session_timeout=\(Self.milliseconds(idleInTransactionTimeout))",
            "DateStyle=ISO",
            "TimeZone=UTC",
            "bytea_output=hex",
            "extra_float_digits=1",
            "standard_conforming_strings=on",
            "client_min_messages=warning",
        ].map { "-c \($0)" }.joined(separator: " ")
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let bounded = min(max(seconds, 0), 2_000_000)
        return max(1, bounded * 1000 + max(0, attoseconds) / 1_000_000_000_000_000)
    }
}
