import Development
import FoundationEssentials
import Testing

@testable import Postgres

extension WithServer {
    @Suite struct SessionTests {
        @Test func valuesSurviveTheRoundTrip() async throws {
            try await TestCluster.withSession { session in
                let uuid = UUID()
                let bytes: [UInt8] = [0, 1, 0, 255, 92, 39, 0]
                let moment = PostgresTimestamp(microsecondsSince1970: 1_795_467_180_123_456)
                let texts = ["", "NULL", "a,b", "{x}", "quote \" and \\", "O'Reilly", "naïve 🦊", "\n"]
                let rows = try await session.query(
                    """
                    SELECT \("it's \\ \"text\" 🦊")::text AS text, \(Int64.min) AS small, \(Int.max) AS large,
                           \(Int32(-7)) AS medium, \(true) AS yes, \(false) AS no, \(0.1) AS fraction,
                           \(uuid) AS id, \(bytes) AS bytes, \([UInt8]()) AS nothing, \(moment) AS moment,
                           \(texts) AS texts, \([String]()) AS none, \([1, -2]) AS numbers,
                           \([bytes, []]) AS blobs, \([uuid]) AS ids
                    """
                )
                let row = try #require(rows.first)
                #expect(try row.get("text") == "it's \\ \"text\" 🦊")
                #expect(try row.get("small", as: Int64.self) == .min)
                #expect(try row.get("large", as: Int.self) == .max)
                #expect(try row.get("medium", as: Int32.self) == -7)
                #expect(try row.get("yes") == true)
                #expect(try row.get("no") == false)
                #expect(try row.get("fraction") == 0.1)
                #expect(try row.get("id") == uuid)
                #expect(try row.get("bytes") == bytes)
                #expect(try row.get("nothing") == [UInt8]())
                #expect(try row.get("moment") == moment)
                #expect(try row.get("texts") == texts)
                #expect(try row.get("none") == [String]())
                #expect(try row.get("numbers") == [1, -2])
                #expect(try row.get("blobs") == [bytes, []])
                #expect(try row.get("ids") == [uuid])
                #expect(try row.get(at: 3, as: Int32.self) == -7)
            }
        }

        @Test func datesAreMicrosecondsInUTC() async throws {
            try await TestCluster.withSession { session in
                let date = Date(timeIntervalSince1970: 1_795_467_180.123456)
                let rows = try await session.query("SELECT \(date) AS date, \(date)::text AS text")
                let row = try #require(rows.first)
                #expect(try row.get("text") == "2026-11-23 20:53:00.123456+00")
                let returned = try row.get("date", as: Date.self)
                #expect(abs(returned.timeIntervalSince(date)) < 0.000_001)
            }
        }

        @Test func nullIsNilForOptionalsAndAnErrorOtherwise() async throws {
            try await TestCluster.withSession { session in
                let missing: Int64? = nil
                let present: String? = "x"
                let rows = try await session.query("SELECT \(missing) AS missing, \(present)::text AS present")
                let row = try #require(rows.first)
                #expect(try row.get("missing", as: Int64?.self) == nil)
                #expect(try row.get("present", as: String?.self) == "x")
                #expect(throws: PostgresError.self) { try row.get("missing", as: Int64.self) }
            }
        }

        @Test func decodingErrorsNameTheColumnAndNotTheValue() async throws {
            try await TestCluster.withSession { session in
                let rows = try await session.query("SELECT 's3cret' AS name, NULL AS gone")
                let row = try #require(rows.first)
                let wrong = #expect(throws: PostgresError.self) { try row.get("name", as: Int64.self) }
                #expect(wrong?.kind == .decoding)
                #expect(wrong?.message == "column \"name\" was asked for as Int64 and holds something else")
                let null = #expect(throws: PostgresError.self) { try row.get("gone", as: String.self) }
                #expect(null?.message == "column \"gone\" was asked for as String and is NULL")
                let absent = #expect(throws: PostgresError.self) { try row.get("nome", as: String.self) }
                #expect(absent?.message == "no column \"nome\" among name, gone")
                #expect(throws: PostgresError.self) { try row.get(at: 2, as: String.self) }
                #expect(throws: PostgresError.self) { try row.get(at: -1, as: String.self) }
            }
        }

        @Test func textBindsWhereTheServerInfersAnotherType() async throws {
            try await TestCluster.withSession { session in
                let rows = try await session.query(
                    "SELECT (\("{\"a\": 1}")::jsonb)->>'a' AS json, 'b' = ANY(\(["a", "b"])) AS found"
                )
                #expect(try rows.first?.get("json", as: String.self) == "1")
                #expect(try rows.first?.get("found", as: Bool.self) == true)
            }
        }

        @Test func executeTellsHowManyRowsWereTouched() async throws {
            try await TestCluster.withSession { session in
                let created = try await session.execute("CREATE TEMP TABLE t (n int8)")
                let inserted = try await session.execute("INSERT INTO t SELECT generate_series(1, 5)")
                let deleted = try await session.execute("DELETE FROM t WHERE n > \(3)")
                let empty = try await session.query("")
                #expect([created, inserted, deleted] == [0, 5, 2])
                #expect(empty.isEmpty)
            }
        }

        @Test(
            arguments: [
                ("SELECT 's3cret'::uuid", "22P02"), ("SELECT 's3cret'::regclass", "42P01"),
                ("SELECT set_config('work_mem', 's3cret', false)", "22023"), ("SELEKT", "42601"),
                ("DO $$BEGIN RAISE EXCEPTION 'sorry' USING DETAIL = 's3cret', HINT = 's3cret'; END$$", "P0001"),
            ] as [(StaticString, String)]
        )
        func serverErrorsKeepTheCodeAndTheSessionLivesOn(statement: StaticString, code: String) async throws {
            try await TestCluster.withSession { session in
                let error = try await TestCluster.error { try await session.query(SQL(stringLiteral: statement)) }
                #expect(error.code == code)
                #expect(error.kind == .query)
                #expect(!error.description.contains("s3cret") || code == "42P01")
                #expect(try await session.query("SELECT 1").count == 1)
            }
        }

        @Test(arguments: ["s3cret-value", "a\"s3cret\"b"])
        func boundValuesAreNeverInErrors(value: String) async throws {
            try await TestCluster.withSession { session in
                try await session.execute(
                    "CREATE TEMP TABLE t (name text UNIQUE, small varchar(3), CONSTRAINT short CHECK (length(name) < 40))"
                )
                try await session.execute("INSERT INTO t VALUES (\(value))")
                let long = String(repeating: value, count: 9)
                let statements: [SQL] = [
                    "INSERT INTO t VALUES (\(value))", "INSERT INTO t VALUES (\(long))",
                    "INSERT INTO t (small) VALUES (\(value))", "SELECT \(value)::uuid", "SELECT \(value)::regclass",
                    "SELECT \(value)::int8", "SELECT \(value)::jsonb", "SELECT \(value)::regrole",
                    "SELECT set_config(\(value), 'x', true)", "SELECT to_tsquery(\(value)::regconfig, 'x')",
                    "SELECT \([value])::int8[]", "SELECT pg_input_is_valid(\(value))", "SELECT nextval(\(value))",
                ]
                for statement in statements {
                    let error = try await TestCluster.error { try await session.query(statement) }
                    #expect(!"\(error) \(error.message)".contains("s3cret"), "\(statement.text)")
                }
                let duplicate = try await TestCluster.error { try await session.query(statements[0]) }
                #expect(duplicate.constraint == "t_name_key")
            }
        }

        @Test func aTextWithAZeroCharacterIsRefusedBeforeItIsSent() async throws {
            try await TestCluster.withSession { session in
                let error = try await TestCluster.error { try await session.query("SELECT \("a\0b")::text") }
                #expect(error.kind == .query)
                let inArray = try await TestCluster.error { try await session.query("SELECT \(["a\0b"])") }
                #expect(inArray.kind == .query)
                #expect(try await session.query("SELECT 1").count == 1)
            }
        }

        @Test func tooManyParametersAreRefusedAndNothingTraps() async throws {
            try await TestCluster.withSession { session in
                let many = SQL.joined(Array(repeating: "\(1)", count: 65_536), separator: ",")
                let error = try await TestCluster.error { try await session.query("SELECT ARRAY[\(many)]") }
                #expect(error.message.contains("65535"))
                #expect(try await session.query("SELECT 1").count == 1)
            }
        }

        @Test func largeValuesTravelBothWays() async throws {
            try await TestCluster.withSession { session in
                let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
                let rows = try await session.query("SELECT \(bytes) AS echo")
                let echo = try rows.first?.get("echo", as: [UInt8].self)
                #expect(echo == bytes)
            }
        }

        @Test func theServerStopsALongStatementAndTheSessionLivesOn() async throws {
            let settings = SessionSettings(statementTimeout: .milliseconds(100))
            try await TestCluster.withSession(settings: settings) { session in
                let error = try await TestCluster.error { try await session.query("SELECT pg_sleep(5)") }
                #expect(error.kind == .timeout)
                #expect(error.code == "57014")
                #expect(try await session.query("SELECT 1").count == 1)
            }
        }

        @Test func ourOwnPatienceEndsWhenTheServersDoesNot() async throws {
            let settings = SessionSettings(statementTimeout: .milliseconds(100))
            try await TestCluster.withSession(settings: settings) { session in
                try await session.execute("SET statement_timeout = 0")
                let error = try await TestCluster.error { try await session.query("SELECT pg_sleep(61)") }
                #expect(error.kind == .timeout)
                #expect(await session.isClosed)
                #expect(try await TestCluster.eventually { try await TestCluster.running("pg_sleep(61)") == 0 })
            }
        }

        @Test func aCancelledTaskStopsTheStatementAndClosesTheSession() async throws {
            try await TestCluster.withSession { session in
                let start = ContinuousClock.now
                let error = try await withThrowingTaskGroup { group in
                    group.addTask { try await TestCluster.error { try await session.query("SELECT pg_sleep(59.25)") } }
                    #expect(try await TestCluster.eventually { try await TestCluster.running("pg_sleep(59.25)") == 1 })
                    group.cancelAll()
                    return try await group.next()
                }
                #expect(error?.kind == .cancelled)
                #expect(ContinuousClock.now - start < .seconds(30))
                #expect(await session.isClosed)
                #expect(try await TestCluster.eventually { try await TestCluster.running("pg_sleep(59.25)") == 0 })
                let later = try await TestCluster.error { try await session.query("SELECT 1") }
                #expect(later == .closed)
            }
        }

        @Test func aSessionWhoseServerProcessEndsSaysSo() async throws {
            try await TestCluster.withSession { session in
                let pid = await session.processID
                try await TestCluster.postgres.withSuperuser { superuser in
                    _ = try await superuser.query("SELECT pg_terminate_backend(\(pid))")
                }
                let error = try await TestCluster.error { try await session.query("SELECT 1") }
                #expect(error.kind == .connection)
                #expect(await session.isClosed)
            }
        }

        @Test func aScriptRunsAsAWholeOrNotAtAll() async throws {
            try await TestCluster.withSession { session in
                try await session.runScript("CREATE TABLE script_a (n int8); INSERT INTO script_a VALUES (1);")
                let error = try await TestCluster.error {
                    try await session.runScript("INSERT INTO script_a VALUES (2); SELECT 1/0; SELECT 2")
                }
                #expect(error.code == "22012")
                #expect(try await session.query("SELECT * FROM script_a").count == 1)
                let zero = try await TestCluster.error { try await session.runScript("SELECT 1;\0") }
                #expect(zero.kind == .query)
            }
        }

        @Test func copyOutOfPlaceClosesTheSession() async throws {
            try await TestCluster.withSession { session in
                try await session.execute("CREATE TEMP TABLE t (n int8)")
                let error = try await TestCluster.error { try await session.query("COPY t FROM STDIN") }
                #expect(error.kind == .query)
                #expect(await session.isClosed)
            }
        }

        @Test func sessionsRunBesideEachOther() async throws {
            let conninfo = try TestCluster.conninfo()
            let areAllAtWork = try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        let session = try await PostgresSession.connect(conninfo)
                        try await session.execute("SELECT pg_sleep(58)")
                    }
                }
                // One thread for all would let only one of them wait at a time.
                let areAllAtWork = try await TestCluster.eventually {
                    try await TestCluster.running("pg_sleep(58)") == 8
                }
                group.cancelAll()
                return areAllAtWork
            }
            #expect(areAllAtWork)
        }
    }

    @Suite struct ConnectingTests {
        @Test func anAbsentServerIsReportedAtOnce() async throws {
            let error = try await TestCluster.error {
                _ = try await PostgresSession.connect("host=/tmp/krv-nothing-here user=x dbname=x")
            }
            #expect(error.kind == .connection)
        }

        @Test func aSilentServerIsGivenUpWithinTheTimeout() async throws {
            let listener = try SilentListener()
            defer { listener.close() }
            let start = ContinuousClock.now
            let error = try await TestCluster.error {
                _ = try await PostgresSession.connect(
                    "host=127.0.0.1 port=\(listener.port) user=x dbname=x",
                    settings: SessionSettings(connectTimeout: .milliseconds(300))
                )
            }
            #expect(error.kind == .connection)
            #expect(ContinuousClock.now - start < .seconds(8))
        }

        @Test(arguments: ["password=s3cret host", "s3cret", "postgresql://u:s3cret@[bad", "host='s3cret"])
        func anUnreadableConnectionStringIsNotRepeated(conninfo: String) async throws {
            let error = try await TestCluster.error { _ = try await PostgresSession.connect(conninfo) }
            #expect(error.kind == .connection)
            #expect(!error.description.contains("s3cret"))
        }

        @Test func anUnknownRoleIsAConnectionError() async throws {
            let error = try await TestCluster.error {
                _ = try await PostgresSession.connect(TestCluster.conninfo("nobody_known"))
            }
            #expect(error.kind == .connection)
        }

        @Test func timeoutsAreSetFromTheStart() async throws {
            try await TestCluster.withSession { session in
                for (setting, value) in [
                    ("statement_timeout", "10s"), ("lock_timeout", "5s"),
                    ("idle_in_transaction_session_timeout", "30s"), ("TimeZone", "UTC"),
                ] {
                    let rows = try await session.query("SELECT current_setting(\(setting)) AS value")
                    #expect(try rows.first?.get("value", as: String.self) == value)
                }
                #expect(await session.serverVersion >= 150_000)
            }
        }
    }
}
