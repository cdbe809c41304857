import Cryptography
package import Postgres

/// Brings a database to this program's schema, and checks that it is there.
package struct MigrationRunner: Sendable {
    /// Applies what is missing, each migration in its own transaction, and returns what it applied.
    ///
    /// `session` belongs to keyreeve_migrate. Two runners at once wait for each other.
    package static func apply(_ session: PostgresSession, directory: String) async throws -> [Migration] {
        let migrations = try Migration.load(directory: directory)
        try await prepare(session)
        var applied: [Migration] = []
        for migration in migrations {
            let isNew = try await session.transaction(synchronousCommit: .on) { session in
                try await session.execute("SET LOCAL ROLE keyreeve_owner")
                // Released with the transaction.
                try await session.query("SELECT pg_advisory_xact_lock(\(lock))")
                guard try await !isApplied(migration, in: session) else { return false }
                try await session.runScript(migration.text)
                try await session.execute(
                    """
                    INSERT INTO schema_migrations (version, name, checksum)
                    VALUES (\(migration.version), \(migration.name), \(migration.checksum.bytes))
                    """
                )
                return true
            }
            if isNew { applied.append(migration) }
        }
        try compare(try await recorded(session, asOwner: true), with: migrations)
        return applied
    }

    /// Throws a `MigrationError` unless the database has exactly these migrations. For any role that may read the list;
    /// the server runs as keyreeve_app.
    package static func check(_ session: PostgresSession, directory: String) async throws {
        let migrations = try Migration.load(directory: directory)
        let rows = try await session.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS exists")
        guard try rows.first?.get("exists") ?? false else { throw MigrationError.uninitialized }
        try compare(try await recorded(session, asOwner: false), with: migrations)
    }

    /// Any number of ours; advisory locks belong to one database.
    private static let lock: Int64 = 0x6B72_765F_6D69_67

    private static func prepare(_ session: PostgresSession) async throws {
        try await session.transaction { session in
            try await session.execute("SET LOCAL ROLE keyreeve_owner")
            try await session.query("SELECT pg_advisory_xact_lock(\(lock))")
            try await session.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    version bigint PRIMARY KEY,
                    name text NOT NULL,
                    checksum bytea NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """
            )
        }
    }

    private static func isApplied(_ migration: Migration, in session: PostgresSession) async throws -> Bool {
        let rows = try await session.query(
            "SELECT checksum FROM schema_migrations WHERE version = \(migration.version)"
        )
        guard let row = rows.first else { return false }
        guard try row.get("checksum", as: [UInt8].self) == migration.checksum.bytes else {
            throw MigrationError.changed(version: migration.version)
        }
        return true
    }

    private static func recorded(_ session: PostgresSession, asOwner: Bool) async throws -> [Int64: [UInt8]] {
        let rows = try await session.transaction(readOnly: true) { session in
            if asOwner { try await session.execute("SET LOCAL ROLE keyreeve_owner") }
            return try await session.query("SELECT version, checksum FROM schema_migrations")
        }
        return try Dictionary(
            rows.map { row in (try row.get("version"), try row.get("checksum")) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    static func compare(_ recorded: [Int64: [UInt8]], with migrations: [Migration]) throws {
        for migration in migrations {
            guard let checksum = recorded[migration.version] else {
                throw MigrationError.missing(version: migration.version)
            }
            guard checksum == migration.checksum.bytes else {
                throw MigrationError.changed(version: migration.version)
            }
        }
        if let unknown = recorded.keys.filter({ $0 > Int64(migrations.count) }).min() {
            throw MigrationError.unknown(version: unknown)
        }
    }
}
