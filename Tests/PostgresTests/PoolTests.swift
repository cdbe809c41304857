import Development
import Testing

@testable import Postgres

extension WithServer {
    @Suite struct PoolTests {
        private func pool(size: Int = 2, acquireTimeout: Duration = .seconds(3)) throws -> PostgresPool {
            try PostgresPool(
                conninfo: TestCluster.conninfo(),
                expectedRole: "plain",
                size: size,
                acquireTimeout: acquireTimeout
            )
        }

        private func processID(_ pool: PostgresPool) async throws -> Int32 {
            try await pool.withSession { await $0.processID }
        }

        @Test func aSessionIsUsedAgain() async throws {
            let pool = try pool()
            let first = try await processID(pool)
            let second = try await processID(pool)
            #expect(first == second)
            await pool.close()
        }

        @Test(arguments: [("postgres", "superuser"), ("bypasser", "BYPASSRLS")])
        func aRoleThatRowLevelSecurityDoesNotBindIsRefused(role: String, word: String) async throws {
            let conninfo = try TestCluster.conninfo(role)
            let strict = PostgresPool(conninfo: conninfo, expectedRole: role, size: 1)
            let error = try await TestCluster.error { try await strict.withSession { _ in } }
            #expect(error.kind == .role)
            #expect(error.message.contains(word))
            let told = PostgresPool(conninfo: conninfo, expectedRole: role, size: 1, allowsPrivilegedRole: true)
            let rows = try await told.withSession { try await $0.query("SELECT 1") }
            #expect(rows.count == 1)
            await told.close()
        }

        @Test func anotherRoleIsRefused() async throws {
            let pool = try PostgresPool(conninfo: TestCluster.conninfo(), expectedRole: "keyreeve_app", size: 1)
            for _ in 0..<3 {
                let error = try await TestCluster.error { try await pool.withSession { _ in } }
                #expect(error.kind == .role)
            }
        }

        @Test func anExhaustedPoolSaysSoInTime() async throws {
            let pool = try pool(size: 1)
            try await pool.withSession { _ in
                let start = ContinuousClock.now
                let error = try await TestCluster.error { try await pool.withSession { _ in } }
                #expect(error.kind == .timeout)
                #expect(error.message == "all database sessions are in use")
                #expect(ContinuousClock.now - start < .seconds(8))
            }
            let again = try await pool.withSession { try await $0.query("SELECT 1") }
            #expect(again.count == 1)
            await pool.close()
        }

        @Test func waitersAreServedAndNeverMoreThanTheSizeAtOnce() async throws {
            let pool = try pool(size: 3, acquireTimeout: .seconds(20))
            let pids = try await withThrowingTaskGroup { group in
                for _ in 0..<60 {
                    group.addTask {
                        try await pool.withSession { session in
                            _ = try await session.query("SELECT pg_sleep(0.005)")
                            return await session.processID
                        }
                    }
                }
                var pids: Set<Int32> = []
                for try await pid in group { pids.insert(pid) }
                return pids
            }
            #expect(1...3 ~= pids.count)
            await pool.close()
        }

        @Test func aCancelledWaiterLeavesAndTheNextIsServed() async throws {
            let pool = try pool(size: 1, acquireTimeout: .seconds(10))
            try await pool.withSession { _ in
                let error = try await withThrowingTaskGroup { group in
                    group.addTask { try await TestCluster.error { try await pool.withSession { _ in } } }
                    try await Task.sleep(for: .milliseconds(50))
                    group.cancelAll()
                    return try await group.next()
                }
                #expect(error?.kind == .cancelled)
            }
            let rows = try await pool.withSession { try await $0.query("SELECT 1") }
            #expect(rows.count == 1)
            await pool.close()
        }

        @Test func settingsOfABorrowerDoNotReachTheNext() async throws {
            let pool = try pool(size: 1)
            let first = try await pool.withSession { session in
                try await session.execute("SET work_mem = '123MB'")
                try await session.query("SELECT set_config('keyreeve.organization', 'a', false)")
                return await session.processID
            }
            try await pool.withSession { session in
                let rows = try await session.query(
                    """
                    SELECT current_setting('work_mem') AS memory, pg_backend_pid() AS pid,
                           current_setting('keyreeve.organization', true) AS organization,
                           current_setting('statement_timeout') AS timeout
                    """
                )
                let row = try #require(rows.first)
                #expect(try row.get("memory", as: String.self) != "123MB")
                #expect(try row.get("organization", as: String?.self) != "a")
                #expect(try row.get("timeout") == "10s")
                #expect(try row.get("pid") == first)
            }
            await pool.close()
        }

        @Test func aSessionThatComesBackInATransactionIsClosed() async throws {
            let pool = try pool(size: 1)
            let first = try await pool.withSession { session in
                try await session.execute("BEGIN")
                return await session.processID
            }
            #expect(try await processID(pool) != first)
            await pool.close()
        }

        @Test func aSessionThatListensIsNotLentAgain() async throws {
            let pool = try pool(size: 1)
            let first = try await pool.withSession { session in
                try await session.listen("a")
                return await session.processID
            }
            #expect(try await processID(pool) != first)
            await pool.close()
        }

        @Test func anErrorInsideGivesTheSessionBack() async throws {
            let pool = try pool(size: 1)
            for _ in 0..<3 {
                let error = try await TestCluster.error {
                    try await pool.withSession { try await $0.execute("SELECT 1/0") }
                }
                #expect(error.code == "22012")
            }
            await pool.close()
        }

        @Test func cancelledWorkClosesItsSessionAndThePoolGoesOn() async throws {
            let pool = try pool(size: 1)
            let error = try await withThrowingTaskGroup(of: PostgresError.self) { group in
                group.addTask {
                    try await TestCluster.error {
                        try await pool.withSession { try await $0.execute("SELECT pg_sleep(9.5)") }
                    }
                }
                #expect(try await TestCluster.eventually { try await TestCluster.running("pg_sleep(9.5)") == 1 })
                group.cancelAll()
                return try await group.next()
            }
            #expect(error?.kind == .cancelled)
            let rows = try await pool.withSession { try await $0.query("SELECT 1") }
            #expect(rows.count == 1)
            await pool.close()
        }

        @Test func aSessionThatTheServerEndedIsReplacedBeforeItIsLent() async throws {
            let pool = try pool(size: 1)
            let first = try await processID(pool)
            try await TestCluster.postgres.withSuperuser { superuser in
                _ = try await superuser.query("SELECT pg_terminate_backend(\(first), 2000)")
            }
            let rows = try await pool.withSession { try await $0.query("SELECT pg_backend_pid() AS pid") }
            #expect(try rows.first?.get("pid", as: Int32.self) != first)
            await pool.close()
        }

        @Test func aClosedPoolServesNobody() async throws {
            let pool = try pool()
            _ = try await processID(pool)
            await pool.close()
            let error = try await TestCluster.error { try await pool.withSession { _ in } }
            #expect(error.kind == .connection)
        }
    }
}
