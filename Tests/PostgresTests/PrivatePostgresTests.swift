import Development
import Foundation
import Testing

@testable import Postgres

/// Clusters of their own, which these tests stop, kill and start again.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PrivatePostgresTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = TestCluster.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    private func sentence(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return ""
        } catch {
            return (error as? PrivatePostgresError)?.description ?? "another error: \(error)"
        }
    }

    @Test func aDurableClusterKeepsItsDataAndAdmitsTheCurrentUser() async throws {
        try await withDirectory { directory in
            let first = try await PrivatePostgres.start(directory: directory + "/pg", durable: true)
            try await first.withSuperuser { session in
                try await session.execute("CREATE ROLE keyreeve_app LOGIN")
                try await session.execute("CREATE ROLE stranger LOGIN")
                try await session.execute("CREATE DATABASE keyreeve")
                let rows = try await session.query("SELECT current_setting('fsync') AS fsync")
                #expect(try rows.first?.get("fsync", as: String.self) == "on")
            }
            await first.stop()
            #expect(!first.isRunning)

            let second = try await PrivatePostgres.start(directory: directory + "/pg", durable: true)
            let session = try await PostgresSession.connect(second.conninfo(role: "keyreeve_app"))
            #expect(try await session.query("SELECT 1").count == 1)
            let stranger = try await TestCluster.error {
                _ = try await PostgresSession.connect(second.conninfo(role: "stranger"))
            }
            #expect(stranger.kind == .connection)
            let mode = try FileManager.default.attributesOfItem(atPath: second.socketDirectory)[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o700)
            await second.stop()
        }
    }

    @Test func aSecondServerOnTheSameDataIsRefusedWithASentence() async throws {
        try await withDirectory { directory in
            let first = try await PrivatePostgres.start(directory: directory, durable: true)
            let sentence = await sentence { _ = try await PrivatePostgres.start(directory: directory, durable: true) }
            #expect(sentence.contains("stop the Keyreeve that started it first"))
            #expect(first.isRunning)
            await first.stop()
        }
    }

    @Test func aPoolComesBackAfterTheServerWasKilledAndStartedAgain() async throws {
        try await withDirectory { directory in
            let first = try await PrivatePostgres.start(directory: directory, durable: true)
            try await first.withSuperuser { try await $0.execute("CREATE ROLE keyreeve_app LOGIN") }
            let pool = PostgresPool(
                conninfo: first.conninfo(role: "keyreeve_app", database: "postgres"),
                expectedRole: "keyreeve_app",
                size: 2
            )
            #expect(try await pool.withSession { try await $0.query("SELECT 1") }.count == 1)

            kill(first.processID, SIGKILL)
            #expect(try await TestCluster.eventually { !first.isRunning })
            let start = ContinuousClock.now
            for _ in 0..<3 {
                let error = try await TestCluster.error {
                    try await pool.withSession { _ = try await $0.query("SELECT 1") }
                }
                #expect(error.kind == .connection)
            }
            #expect(ContinuousClock.now - start < .seconds(8))

            let second = try await PrivatePostgres.start(directory: directory, durable: true)
            for _ in 0..<3 {
                #expect(try await pool.withSession { try await $0.query("SELECT 1") }.count == 1)
            }
            await pool.close()
            await second.stop()
        }
    }

    @Test func aServerThatHangsIsGivenUpInTime() async throws {
        try await withDirectory { directory in
            let postgres = try await PrivatePostgres.start(directory: directory, durable: false)
            let conninfo = postgres.conninfo(role: "postgres", database: "postgres")
            kill(postgres.processID, SIGSTOP)
            let pool = PostgresPool(conninfo: conninfo, expectedRole: "postgres", size: 1, acquireTimeout: .seconds(3))
            let start = ContinuousClock.now
            let error = try await TestCluster.error { try await pool.withSession { _ in } }
            #expect(error.kind == .connection)
            #expect(ContinuousClock.now - start < .seconds(15))
            kill(postgres.processID, SIGCONT)
            await postgres.stop()
        }
    }

    @Test func aStalePidFileOfAnotherProcessIsRemoved() async throws {
        try await withDirectory { directory in
            let first = try await PrivatePostgres.start(directory: directory, durable: true)
            await first.stop()
            // Our own process lives and is no Postgres.
            let text = "\(getpid())\n\(directory)/data\n1\n5432\n\(directory)\n\n0 0\n"
            try text.write(toFile: directory + "/data/postmaster.pid", atomically: false, encoding: .utf8)
            let second = try await PrivatePostgres.start(directory: directory, durable: true)
            #expect(second.isRunning)
            await second.stop()
        }
    }

    @Test func aLongPathGetsAShortSocketDirectory() async throws {
        try await withDirectory { directory in
            let long = directory + "/" + String(repeating: "long-name/", count: 14) + "it's here"
            let postgres = try await PrivatePostgres.start(directory: long, durable: true)
            #expect(postgres.socketDirectory.utf8.count < 60)
            let rows = try await postgres.withSuperuser { try await $0.query("SELECT 1") }
            #expect(rows.count == 1)
            await postgres.stop()
            try FileManager.default.removeItem(atPath: postgres.socketDirectory)
        }
    }

    @Test(.enabled(if: getuid() == 0, "only root steps down to another user"))
    func aPlaceThatPostgresCannotReachIsRefusedWithASentence() async throws {
        try await withDirectory { directory in
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            let sentence = await sentence {
                _ = try await PrivatePostgres.start(directory: directory + "/pg", durable: true)
            }
            #expect(sentence.contains("cannot enter"))
            #expect(sentence.contains("Choose another place"))
        }
    }

    @Test func dataOfAnotherVersionAndForeignDataAreRefused() async throws {
        try await withDirectory { directory in
            let first = try await PrivatePostgres.start(directory: directory, durable: true)
            await first.stop()
            try "9\n".write(toFile: directory + "/data/PG_VERSION", atomically: false, encoding: .utf8)
            let version = await sentence { _ = try await PrivatePostgres.start(directory: directory, durable: true) }
            #expect(version.contains("was made by Postgres 9"))
            try FileManager.default.removeItem(atPath: directory + "/data/PG_VERSION")
            let foreign = await sentence { _ = try await PrivatePostgres.start(directory: directory, durable: true) }
            #expect(foreign.contains("is not a Postgres cluster"))
        }
    }

    @Test func whatEndedTestRunsHaveLeftIsRemoved() async throws {
        try await withDirectory { directory in
            let left = TestCluster.newDirectory()
            try FileManager.default.createDirectory(atPath: left + "/data", withIntermediateDirectories: true)
            // Process 1 lives, but has not started at the end of time.
            try "1 99999999999999".write(toFile: left + "/test-run", atomically: false, encoding: .utf8)
            let postgres = try await PrivatePostgres.start(directory: directory, durable: false)
            #expect(!FileManager.default.fileExists(atPath: left))
            #expect(FileManager.default.fileExists(atPath: directory + "/test-run"))
            await postgres.stop()
        }
    }

    @Test func theServerSurvivesTheThreadsThatAskedForIt() async throws {
        try await withDirectory { directory in
            let postgres = try await PrivatePostgres.start(directory: directory, durable: false)
            // Longer than idle threads of a pool live.
            try await Task.sleep(for: .seconds(8))
            #expect(postgres.isRunning)
            await postgres.stop()
        }
    }
}
