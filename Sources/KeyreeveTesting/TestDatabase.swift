package import Development
import FoundationEssentials
package import Postgres
package import Store
import Synchronization

/// A database of its own for one test: a real Postgres with the roles and every migration.
///
/// All tests of a run share one private cluster, started at the first need and stopped with the process. Each database
/// is migrated by itself, since a copy of a migrated one would lack the privileges on the database.
package struct TestDatabase: Sendable {
    package let name: String
    package let cluster: PrivatePostgres
    /// A pool for each role, as the server has them.
    package let database: Database

    /// Lends a fresh database and drops it afterwards.
    package static func with<Value>(_ body: (TestDatabase) async throws -> Value) async throws -> Value {
        let cluster = try await TestCluster.shared.started()
        let name = TestCluster.shared.nextName()
        try await TestCluster.administer(cluster) { session in
            try await session.execute("CREATE DATABASE \(identifier: name) OWNER keyreeve_owner")
        }
        let migrate = try await PostgresSession.connect(
            cluster.conninfo(role: DatabaseRole.migrate.rawValue, database: name),
            settings: .maintenance
        )
        _ = try await MigrationRunner.apply(migrate, directory: migrations)
        await migrate.close()
        let database = Database(appSize: 4) { role in cluster.conninfo(role: role.rawValue, database: name) }
        let test = TestDatabase(name: name, cluster: cluster, database: database)
        do {
            let value = try await body(test)
            await test.drop()
            return value
        } catch {
            await test.drop()
            throw error
        }
    }

    /// Where this repository keeps its migrations.
    package static let migrations = repository + "/migrations"

    /// The top of the checkout that this was built from.
    package static let repository: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    package func conninfo(_ role: DatabaseRole) -> String {
        cluster.conninfo(role: role.rawValue, database: name)
    }

    /// A session outside of any pool, of one of our roles.
    package func session(_ role: DatabaseRole) async throws -> PostgresSession {
        try await PostgresSession.connect(conninfo(role))
    }

    /// A session that row-level security does not bind, to look at what is really there.
    package func superuser() async throws -> PostgresSession {
        try await PostgresSession.connect(cluster.conninfo(role: TestCluster.superuser, database: name))
    }

    private func drop() async {
        await database.close()
        try? await TestCluster.administer(cluster) { session in
            try await session.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        }
    }
}

/// The run's cluster.
final class TestCluster: Sendable {
    static let shared = TestCluster()
    static let superuser = "postgres"

    private let starting = Mutex<Task<PrivatePostgres, any Error>?>(nil)
    private let counter = Mutex(0)

    /// Starts it once; everybody waits for the same start. The task ends with the start, and nobody cancels it, because
    /// it works for all tests.
    func started() async throws -> PrivatePostgres {
        let task = starting.withLock { starting in
            if let starting { return starting }
            let task = Task { try await Self.start() }
            starting = task
            return task
        }
        return try await task.value
    }

    func nextName() -> String {
        let number = counter.withLock { counter in
            counter += 1
            return counter
        }
        return "test_\(number)"
    }

    static func administer(
        _ cluster: PrivatePostgres,
        database: String = "postgres",
        _ body: (PostgresSession) async throws -> Void
    ) async throws {
        let session = try await PostgresSession.connect(
            cluster.conninfo(role: superuser, database: database),
            settings: .maintenance
        )
        try await body(session)
        await session.close()
    }

    private static func start() async throws -> PrivatePostgres {
        let directory = "/tmp/krv-test-" + UUID().uuidString.lowercased().prefix(8)
        let cluster = try await PrivatePostgres.start(directory: directory, durable: false)
        let roles = TestDatabase.repository + "/deploy/roles.sql"
        guard let text = FileManager.default.contents(atPath: roles) else { throw TestDatabaseError.unreadable(roles) }
        try await administer(cluster) { session in
            try await session.runScript(String(decoding: text, as: UTF8.self))
        }
        return cluster
    }
}

enum TestDatabaseError: Error {
    case unreadable(String)
}
