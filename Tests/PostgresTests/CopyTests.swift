import Development
import FoundationEssentials
import Testing

@testable import Postgres

extension WithServer {
    @Suite struct CopyTests {
        private static let table: SQL = """
            CREATE TEMP TABLE t (id uuid PRIMARY KEY, n int8, m int4, name text, data bytea, at timestamptz, ok boolean)
            """
        private static let copy: SQL = "COPY t (id, n, m, name, data, at, ok) FROM STDIN (FORMAT binary)"

        @Test func rowsArriveAsTheyWere() async throws {
            try await TestCluster.withSession { session in
                try await session.execute(Self.table)
                let id = UUID()
                let moment = PostgresTimestamp(microsecondsSince1970: 1_795_467_180_123_456)
                let full: [CopyField] = [
                    .uuid(id), .int8(.max), .int4(.min), .text("tab\t\\N 🦊"), .bytes([0, 255, 10]), .timestamp(moment),
                    .bool(true),
                ]
                let empty: [CopyField] = [.uuid(UUID())] + Array(repeating: .null, count: 6)
                #expect(try await session.copyIn(Self.copy, rows: [full, empty]) == 2)
                let row = try #require(await session.query("SELECT * FROM t WHERE id = \(id)").first)
                #expect(try row.get("n") == Int64.max)
                #expect(try row.get("m") == Int32.min)
                #expect(try row.get("name") == "tab\t\\N 🦊")
                #expect(try row.get("data") == [0, 255, 10] as [UInt8])
                #expect(try row.get("at") == moment)
                #expect(try row.get("ok") == true)
            }
        }

        @Test func tenThousandRowsFit() async throws {
            try await TestCluster.withSession { session in
                try await session.execute("CREATE TEMP TABLE t (n int8, data bytea)")
                let data = [UInt8](repeating: 7, count: 700)
                let rows = (0..<10_000).map { [CopyField.int8($0), .bytes(data)] }
                #expect(try await session.copyIn("COPY t FROM STDIN (FORMAT binary)", rows: rows) == 10_000)
                let total = try await session.query("SELECT sum(n)::int8 AS total FROM t")
                #expect(try total.first?.get("total", as: Int64.self) == 49_995_000)
            }
        }

        @Test func aFailedCopyLeavesNothingAndTheSessionLivesOn() async throws {
            try await TestCluster.withSession { session in
                try await session.execute(Self.table)
                let row: [CopyField] = [.uuid(UUID())] + Array(repeating: .null, count: 6)
                let duplicate = try await TestCluster.error { try await session.copyIn(Self.copy, rows: [row, row]) }
                #expect(duplicate.isUniqueViolation)
                let short = try await TestCluster.error { try await session.copyIn(Self.copy, rows: [[.null]]) }
                #expect(short.kind == .query)
                #expect(try await session.query("SELECT 1 FROM t").isEmpty)
            }
        }

        @Test func anotherFormatIsRefused() async throws {
            try await TestCluster.withSession { session in
                try await session.execute("CREATE TEMP TABLE t (n int8)")
                let error = try await TestCluster.error {
                    try await session.copyIn("COPY t FROM STDIN", rows: [[.int8(1)]])
                }
                #expect(error.message.contains("format"))
                #expect(try await session.copyIn("COPY t FROM STDIN", chunks: [Array("1\n2\n".utf8)]) == 2)
                let missing = try await TestCluster.error { try await session.copyIn("COPY u FROM STDIN", chunks: []) }
                #expect(missing.code == "42P01")
                #expect(try await session.query("SELECT n FROM t").count == 2)
            }
        }

        @Test func anythingElseThanCopyInIsAnError() async throws {
            try await TestCluster.withSession { session in
                let error = try await TestCluster.error { try await session.copyIn("SELECT 1", chunks: []) }
                #expect(error.kind == .query)
                #expect(await session.isClosed)
            }
        }

        @Test func copyIsPartOfItsTransaction() async throws {
            try await TestCluster.withSession { session in
                try await session.execute("CREATE TEMP TABLE t (n int8)")
                let error = try await TestCluster.error {
                    try await session.transaction { transaction in
                        try await transaction.copyIn("COPY t FROM STDIN (FORMAT binary)", rows: [[.int8(1)]])
                        try await transaction.execute("SELECT 1/0")
                    }
                }
                #expect(error.code == "22012")
                #expect(try await session.query("SELECT n FROM t").isEmpty)
            }
        }
    }

    @Suite struct NotificationTests {
        @Test func notificationsArriveWithTheirPayload() async throws {
            try await TestCluster.withSession { listener in
                try await listener.listen("keyreeve_change")
                try await TestCluster.withSession { sender in
                    try await sender.query("SELECT pg_notify('keyreeve_change', \("hello"))")
                    let notification = try await listener.nextNotification(timeout: .seconds(5))
                    #expect(notification?.channel == "keyreeve_change")
                    #expect(notification?.payload == "hello")
                    #expect(notification?.processID == (await sender.processID))
                }
            }
        }

        @Test func theWaitIsBounded() async throws {
            try await TestCluster.withSession { session in
                try await session.listen("nobody_talks")
                let start = ContinuousClock.now
                let notification = try await session.nextNotification(timeout: .milliseconds(100))
                #expect(notification == nil)
                #expect(ContinuousClock.now - start >= .milliseconds(100))
                #expect(try await session.query("SELECT 1").count == 1)
            }
        }

        @Test func aNotificationDuringAnotherStatementIsKept() async throws {
            try await TestCluster.withSession { session in
                try await session.listen("self")
                try await session.execute("NOTIFY self, 'x'")
                try await session.execute("SELECT 1")
                #expect(try await session.nextNotification(timeout: .zero)?.payload == "x")
            }
        }

        @Test func waitingEndsWithTheServerAndWithTheTask() async throws {
            try await TestCluster.withSession { session in
                try await session.listen("a")
                let error = try await withThrowingTaskGroup { group in
                    group.addTask {
                        try await TestCluster.error { _ = try await session.nextNotification(timeout: .seconds(60)) }
                    }
                    group.cancelAll()
                    return try await group.next()
                }
                #expect(error?.kind == .cancelled)
            }
            try await TestCluster.withSession { session in
                try await session.listen("a")
                let pid = await session.processID
                try await TestCluster.postgres.withSuperuser { superuser in
                    _ = try await superuser.query("SELECT pg_terminate_backend(\(pid))")
                }
                let error = try await TestCluster.error {
                    _ = try await session.nextNotification(timeout: .seconds(20))
                }
                #expect(error.kind == .connection)
            }
        }
    }
}
