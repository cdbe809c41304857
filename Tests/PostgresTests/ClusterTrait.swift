import Development
import FoundationEssentials
import Postgres
import Testing

/// Gives a suite one private Postgres, started before its first test and removed after its last.
struct ClusterTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let directory = TestCluster.newDirectory()
        let postgres = try await PrivatePostgres.start(directory: directory, durable: false)
        do {
            try await postgres.withSuperuser { session in
                try await session.execute("CREATE ROLE plain LOGIN")
                try await session.execute("CREATE ROLE bypasser LOGIN BYPASSRLS")
                try await session.execute("GRANT ALL ON SCHEMA public TO plain")
            }
            try await TestCluster.$current.withValue(postgres) { try await function() }
            await postgres.stop()
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            await postgres.stop()
            throw error
        }
    }
}

extension Trait where Self == ClusterTrait {
    static var privatePostgres: Self { ClusterTrait() }
}

enum TestCluster {
    @TaskLocal static var current: PrivatePostgres?

    static func newDirectory() -> String {
        "/tmp/krv-test-" + UUID().uuidString.lowercased().prefix(8)
    }

    static var postgres: PrivatePostgres {
        get throws { try #require(current) }
    }

    static func conninfo(_ role: String = "plain") throws -> String {
        try postgres.conninfo(role: role, database: "postgres")
    }

    /// Lends a session of an unprivileged role.
    static func withSession(
        settings: SessionSettings = SessionSettings(),
        _ body: (PostgresSession) async throws -> Void
    ) async throws {
        let session = try await PostgresSession.connect(conninfo(), settings: settings)
        try await body(session)
        await session.close()
    }

    /// The error that the body throws; a test fails when it throws none.
    static func error<Value>(_ body: () async throws -> Value) async throws -> PostgresError {
        do {
            _ = try await body()
        } catch let error as PostgresError {
            return error
        }
        throw NoError()
    }

    /// How many server processes run a statement that contains the text.
    static func running(_ text: String) async throws -> Int {
        try await postgres.withSuperuser { session in
            let rows = try await session.query(
                """
                SELECT count(*) AS n FROM pg_stat_activity
                WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%' || \(text) || '%'
                """
            )
            return try #require(rows.first).get("n")
        }
    }

    /// Waits until the condition holds, at most five seconds.
    static func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<250 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    struct NoError: Error {}
}

/// Everything that needs a server.
@Suite(.privatePostgres, .timeLimit(.minutes(5))) struct WithServer {}
