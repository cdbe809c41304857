import Testing

@testable import Postgres

extension WithServer {
    @Suite struct TransactionTests {
        struct Refusal: Error {}

        /// A session with a temporary table `t (n int8 primary key)`.
        private func withTable(_ body: (PostgresSession) async throws -> Void) async throws {
            try await TestCluster.withSession { session in
                try await session.execute("CREATE TEMP TABLE t (n int8 PRIMARY KEY)")
                try await body(session)
            }
        }

        private func count(_ session: PostgresSession) async throws -> Int {
            try await #require(session.query("SELECT count(*) AS n FROM t").first).get("n")
        }

        @Test func aPipelineHappensAsAWhole() async throws {
            try await withTable { session in
                let results = try await session.pipeline([
                    "INSERT INTO t VALUES (\(1))", "SELECT n FROM t", "INSERT INTO t VALUES (2) RETURNING n",
                ])
                #expect(results.map(\.count) == [0, 1, 1])
                let error = try await TestCluster.error {
                    try await session.pipeline([
                        "INSERT INTO t VALUES (3)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (4)",
                    ])
                }
                #expect(error.isUniqueViolation)
                #expect(try await count(session) == 2)
                #expect(try await session.pipeline([]).isEmpty)
            }
        }

        @Test func aContextEndsWithItsPipeline() async throws {
            try await TestCluster.withSession { session in
                let results = try await session.pipeline([
                    "SELECT set_config('keyreeve.organization', \("abc"), true)",
                    "SELECT current_setting('keyreeve.organization') AS value",
                ])
                #expect(try results.last?.first?.get("value", as: String.self) == "abc")
                let rows = try await session.query("SELECT current_setting('keyreeve.organization', true) AS value")
                #expect(try rows.first?.get("value", as: String?.self) != "abc")
            }
        }

        @Test func aStatementThatCannotBeSentKeepsTheOthersFromBeingSent() async throws {
            try await withTable { session in
                let error = try await TestCluster.error {
                    try await session.pipeline(["INSERT INTO t VALUES (1)", "SELECT \("\0")::text"])
                }
                #expect(error.kind == .query)
                #expect(try await count(session) == 0)
            }
        }

        @Test func aPipelineLargerThanTheSocketsBufferWorks() async throws {
            try await withTable { session in
                let filler = String(repeating: "x", count: 20_000)
                let results = try await session.pipeline(
                    (0..<300).map { "INSERT INTO t VALUES (\($0)) RETURNING n, \(filler)::text AS filler" }
                )
                #expect(results.count == 300)
                #expect(try results.last?.first?.get("filler", as: String.self) == filler)
            }
        }

        @Test func aTransactionCommitsWhenItsBodyReturns() async throws {
            try await withTable { session in
                let value = try await session.transaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    try await transaction.pipeline(["INSERT INTO t VALUES (2)", "INSERT INTO t VALUES (3)"])
                    return try await count(transaction)
                }
                #expect(value == 3)
                #expect(try await count(session) == 3)
            }
        }

        @Test func aTransactionRollsBackWhenItsBodyThrows() async throws {
            try await withTable { session in
                await #expect(throws: Refusal.self) {
                    try await session.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (1)")
                        throw Refusal()
                    }
                }
                let rows = try await count(session)
                #expect(rows == 0)
            }
        }

        @Test func aBodyWithoutStatementsIsNothing() async throws {
            try await withTable { session in
                let value = try await session.transaction { _ in 7 }
                #expect(value == 7)
                await #expect(throws: Refusal.self) { try await session.transaction { _ in throw Refusal() } }
                let rows = try await count(session)
                #expect(rows == 0)
            }
        }

        @Test func aSwallowedErrorDoesNotLookLikeACommit() async throws {
            try await withTable { session in
                let error = try await TestCluster.error {
                    try await session.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (1)")
                        _ = try? await transaction.execute("INSERT INTO t VALUES (1)")
                    }
                }
                #expect(error.code == "25P02")
                #expect(try await count(session) == 0)
            }
        }

        @Test func aFirstStatementThatFailsLeavesTheSessionUsable() async throws {
            try await withTable { session in
                let error = try await TestCluster.error {
                    try await session.transaction { try await $0.execute("SELECT 1/0") }
                }
                #expect(error.code == "22012")
                #expect(try await count(session) == 0)
            }
        }

        @Test func transactionsDoNotNest() async throws {
            try await withTable { session in
                let error = try await TestCluster.error {
                    try await session.transaction { outer in
                        try await outer.execute("INSERT INTO t VALUES (1)")
                        try await outer.transaction { try await $0.execute("INSERT INTO t VALUES (2)") }
                    }
                }
                #expect(error.message.contains("in a transaction already"))
                #expect(try await count(session) == 0)
            }
        }

        @Test func readOnlyRefusesWrites() async throws {
            try await TestCluster.withSession { session in
                let error = try await TestCluster.error {
                    try await session.transaction(readOnly: true) {
                        try await $0.execute("CREATE TABLE never (n int8)")
                    }
                }
                #expect(error.code == "25006")
            }
        }

        @Test(
            arguments: [
                (.readCommitted, "read committed"), (.repeatableRead, "repeatable read"),
                (.serializable, "serializable"),
            ] as [(TransactionIsolation, String)]
        )
        func isolationAndSynchronousCommitHold(isolation: TransactionIsolation, name: String) async throws {
            try await TestCluster.withSession { session in
                try await session.transaction(isolation: isolation, synchronousCommit: .local) { transaction in
                    let rows = try await transaction.query(
                        """
                        SELECT current_setting('transaction_isolation') AS isolation,
                               current_setting('synchronous_commit') AS durability
                        """
                    )
                    #expect(try rows.first?.get("isolation", as: String.self) == name)
                    #expect(try rows.first?.get("durability", as: String.self) == "local")
                }
                let rows = try await session.query("SELECT current_setting('synchronous_commit') AS value")
                #expect(try rows.first?.get("value", as: String.self) == "off")
            }
        }

        @Test func aSerializationFailureCanBeRetried() async throws {
            try await TestCluster.withSession { first in
                try await first.execute("CREATE TABLE contested (n int8)")
                try await first.execute("INSERT INTO contested VALUES (0)")
                try await TestCluster.withSession { second in
                    let error = try await TestCluster.error {
                        try await first.transaction(isolation: .repeatableRead) { transaction in
                            _ = try await transaction.query("SELECT n FROM contested")
                            try await second.execute("UPDATE contested SET n = 1")
                            try await transaction.execute("UPDATE contested SET n = 2")
                        }
                    }
                    #expect(error.isRetryable)
                }
            }
        }

        @Test func aLockThatIsHeldTooLongIsATimeout() async throws {
            try await TestCluster.withSession { first in
                try await first.execute("CREATE TABLE locked (n int8)")
                let settings = SessionSettings(lockTimeout: .milliseconds(100))
                try await TestCluster.withSession(settings: settings) { second in
                    try await first.transaction { transaction in
                        try await transaction.execute("LOCK TABLE locked")
                        let error = try await TestCluster.error { try await second.query("SELECT * FROM locked") }
                        #expect(error.kind == .timeout)
                        #expect(error.code == "55P03")
                    }
                }
            }
        }

        @Test func cancellationInTheMiddleOfATransactionRollsItBack() async throws {
            try await TestCluster.withSession { observer in
                try await observer.execute("CREATE TABLE cancelled (n int8)")
                let conninfo = try TestCluster.conninfo()
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        let session = try await PostgresSession.connect(conninfo)
                        try await session.transaction { transaction in
                            try await transaction.execute("INSERT INTO cancelled VALUES (1)")
                            try await Task.sleep(for: .seconds(30))
                        }
                    }
                    let isWaiting = try await TestCluster.eventually {
                        try await !observer.query(
                            "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%INTO cancelled%'"
                        ).isEmpty
                    }
                    #expect(isWaiting)
                    group.cancelAll()
                    await #expect(throws: CancellationError.self) { try await group.next() }
                }
                let isGone = try await TestCluster.eventually {
                    try await observer.query(
                        "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%INTO cancelled%'"
                    ).isEmpty
                }
                #expect(isGone)
                #expect(try await observer.query("SELECT 1 FROM cancelled").isEmpty)
            }
        }
    }
}
