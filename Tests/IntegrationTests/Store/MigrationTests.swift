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
                let next = try TemporaryMigrations.next()
                let added = directory + TemporaryMigrations.file(next, "added")
                try Data("CREATE TABLE added (id int); CREATE TABLE also (id int);".utf8).write(
                    to: URL(filePath: added)
                )
                await #expect(throws: MigrationError.missing(version: next)) {
                    try await MigrationRunner.check(app, directory: directory)
                }
                let applied = try await MigrationRunner.apply(migrate, directory: directory)
                #expect(applied.map(\.name) == ["added"])
                try await MigrationRunner.check(app, directory: directory)
                await #expect(throws: MigrationError.unknown(version: next)) {
                    try await MigrationRunner.check(app, directory: TestDatabase.migrations)
                }
                try Data("CREATE TABLE other (id int);".utf8).write(to: URL(filePath: added))
                await #expect(throws: MigrationError.changed(version: next)) {
                    try await MigrationRunner.check(app, directory: directory)
                }
                await #expect(throws: MigrationError.changed(version: next)) {
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
                    .write(
                        to: URL(
                            filePath: directory + TemporaryMigrations.file(try TemporaryMigrations.next(), "broken")
                        )
                    )
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
            let gap = TemporaryMigrations.file(try TemporaryMigrations.next() + 1, "gap")
            try Data("SELECT 1".utf8).write(to: URL(filePath: directory + gap))
            #expect(throws: MigrationError.gap(String(gap.dropFirst()))) { try Migration.load(directory: directory) }
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
    /// The number after the last real one.
    static func next() throws -> Int64 { Int64(try Migration.load(directory: TestDatabase.migrations).count + 1) }

    /// `/0042_name.sql`, to append to a folder.
    static func file(_ number: Int64, _ name: String) -> String {
        "/" + String(repeating: "0", count: max(0, 4 - String(number).count)) + "\(number)_\(name).sql"
    }

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
            let file = file(migration.version, migration.name)
            try Data(migration.text.utf8).write(to: URL(filePath: directory + file))
        }
        return directory
    }
}
