import Foundation
package import Postgres
import Synchronization

/// A Postgres cluster of our own: no system service, no network port, a Unix socket in a 0700 directory.
///
/// As root the server runs as user `postgres`, since Postgres refuses uid 0; otherwise as whoever we are. It ends with
/// this process, however that ends.
package final class PrivatePostgres: Sendable {
    package let directory: String
    package let socketDirectory: String
    private let cluster: PrivateCluster
    private let running: Mutex<PrivateProcess>

    private init(_ cluster: PrivateCluster, socketDirectory: String, process: PrivateProcess) {
        directory = cluster.place.directory
        self.socketDirectory = socketDirectory
        self.cluster = cluster
        running = Mutex(process)
    }

    private var process: PrivateProcess { running.withLock { $0 } }

    /// Starts the cluster in the directory; makes it first where there is none.
    ///
    /// Durable: keeps its data, syncs, and admits the current user by peer authentication as each of our roles.
    /// Otherwise for one test run: no syncing, everybody who can enter the directory is trusted, and directories beside
    /// it that ended runs have left are removed. The error is a `PrivatePostgresError`.
    package static func start(directory: String, durable: Bool) async throws -> PrivatePostgres {
        let place = PostgresPlace(directory: directory, user: .current)
        if !durable { TestRunMark.sweep(beside: place.directory) }
        try place.make()
        try await place.probe()
        if !durable { TestRunMark.leave(in: place.directory) }
        let socketDirectory = try place.makeSocketDirectory()
        let programs = try PostgresPrograms.find(for: place)
        let log = try PostgresLog(place)
        let cluster = PrivateCluster(place: place, programs: programs, log: log, durable: durable)
        try await cluster.initializeIfNeeded()
        try await StalePostmaster.clear(place)
        let process = try await cluster.launch(socketDirectory: socketDirectory)
        return PrivatePostgres(cluster, socketDirectory: socketDirectory, process: process)
    }

    /// Starts the server again after it has ended; the data recovers by itself.
    func restart() async throws {
        try await StalePostmaster.clear(cluster.place)
        let process = try await cluster.launch(socketDirectory: socketDirectory)
        running.withLock { $0 = process }
    }

    var logPath: String { cluster.log.path }

    /// A connection string for a role and a database of this cluster.
    package func conninfo(role: String, database: String = "keyreeve") -> String {
        "host=\(Self.quoted(socketDirectory)) user=\(Self.quoted(role)) dbname=\(Self.quoted(database))"
    }

    /// The same without a role, for settings to which each part adds its own.
    package var conninfoWithoutRole: String {
        "host=\(Self.quoted(socketDirectory)) dbname=keyreeve"
    }

    /// The server's process, for tests that stop or kill it.
    package var processID: Int32 { process.processID }

    package var isRunning: Bool { !process.hasEnded }

    /// Lends a session of the superuser, in the database `postgres` unless another is named.
    @discardableResult
    package func withSuperuser<Value>(
        database: String = "postgres",
        _ body: (PostgresSession) async throws -> Value
    ) async throws -> Value {
        let session = try await PostgresSession.connect(
            conninfo(role: PrivateCluster.superuser, database: database),
            settings: .maintenance
        )
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    /// Stops the server: first so that its sessions are ended and all is written, after ten seconds by force.
    package func stop() async {
        for (signal, patience) in [(SIGINT, 10), (SIGQUIT, 5), (SIGKILL, 5)] as [(Int32, Int)] {
            process.send(signal)
            if await process.end(within: .seconds(patience)) { return }
        }
    }

    private static func quoted(_ value: String) -> String {
        var quoted = "'"
        for character in value {
            if character == "'" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "'"
    }
}

/// Why the private cluster cannot run: a sentence that says what to do.
package struct PrivatePostgresError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
