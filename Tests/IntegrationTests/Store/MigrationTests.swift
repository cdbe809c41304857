import FoundationEssentials
import KeyreeveTesting
import Postgres
import Store
import Testing

@Suite struct MigrationTests {
    @Test func applyingAgainChangesNothingAndTheServersRoleSeesTheSchema() async throws {
        try await TestDatabase.with { test in
            let migrate = try await test.session(.migrate)
            #expect(try await MigrationRunner.apply(migrate, directory: TestDatabase.migrations).isEmpty)
            try await MigrationRunner.check(try await test.session(.app), directory: TestDatabase.migrations)
        }
    }

    @Test func aSchemaThatIsNewerOlderOrEditedIsRefused() async throws {
        try await TestDatabase.with { test in
            let app = try await test.session(.app)
            let migrate = try await test.session(.migrate)
            try await TemporaryMigrations.with { directory in
                let added = directory + "/0006_added.sql"
                try Data("CREATE TABLE added (id int); CREATE TABLE also (id int);".utf8).write(
                    to: URL(filePath: added)
                )
                await #expect(throws: MigrationError.missing(version: 6)) {
                    try await MigrationRunner.check(app, directory: directory)
                }
                let applied = try await MigrationRunner.apply(migrate, directory: directory)
                #expect(applied.map(\.name) == ["added"])
                try await MigrationRunner.check(app, directory: directory)
                await #expect(throws: MigrationError.unknown(version: 6)) {
                    try await MigrationRunner.check(app, directory: TestDatabase.migrations)
                }
                try Data("CREATE TABLE other (id int);".utf8).write(to: URL(filePath: added))
                await #expect(throws: MigrationError.changed(version: 6)) {
                    try await MigrationRunner.check(app, directory: directory)
                }
                await #expect(throws: MigrationError.changed(version: 6)) {
                    _ = try await MigrationRunner.apply(migrate, directory: directory)
                }
            }
        }
    }

    @Test func aMigrationThatFailsLeavesNothingBehind() async throws {
        try await TestDatabase.with { test in
            let migrate = try await test.session(.migrate)
            try await TemporaryMigrations.with { directory in
                try Data("CREATE TABLE half (id int); SELECT no_such_function();".utf8)
                    .write(to: URL(filePath: directory + "/0006_broken.sql"))
                await #expect(throws: PostgresError.self) {
                    _ = try await MigrationRunner.apply(migrate, directory: directory)
                }
            }
            let rows = try await test.superuser().query("SELECT to_regclass('half') IS NULL AS gone")
            #expect(try rows.first?.get("gone") == true)
        }
    }

    @Test func filesOutOfLineAreRefusedBeforeAnythingIsApplied() throws {
        try TemporaryMigrations.withFiles { directory in
            try Data("SELECT 1".utf8).write(to: URL(filePath: directory + "/0007_gap.sql"))
            #expect(throws: MigrationError.gap("0007_gap.sql")) { try Migration.load(directory: directory) }
        }
        try TemporaryMigrations.withFiles { directory in
            try Data("hello".utf8).write(to: URL(filePath: directory + "/README"))
            #expect(throws: MigrationError.unreadable(directory + "/README")) {
                try Migration.load(directory: directory)
            }
        }
        #expect(throws: MigrationError.unreadable("/nowhere")) { try Migration.load(directory: "/nowhere") }
    }
}

/// A copy of the real migrations to play with.
enum TemporaryMigrations {
    static func withFiles<Value>(_ body: (String) throws -> Value) throws -> Value {
        let directory = try make()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try body(directory)
    }

    static func with<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let directory = try make()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await body(directory)
    }

    private static func make() throws -> String {
        let directory = "/tmp/krv-migrations-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        for migration in try Migration.load(directory: TestDatabase.migrations) {
            let digits = String(migration.version)
            let name = String(repeating: "0", count: 4 - digits.count) + digits + "_\(migration.name).sql"
            try Data(migration.text.utf8).write(to: URL(filePath: directory + "/" + name))
        }
        return directory
    }
}
