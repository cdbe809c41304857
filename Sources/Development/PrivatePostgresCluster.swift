import Foundation
import Postgres

/// Making and launching the private cluster.
struct PrivateCluster: Sendable {
    static let superuser = "postgres"
    /// Who the current user may be in a durable cluster. `pg_ident.conf` knows no `all` before version 16.
    static let roles = [
        superuser, "keyreeve_migrate", "keyreeve_app", "keyreeve_snapshot", "keyreeve_ship", "keyreeve_sequence",
        "keyreeve_audit_reader", "keyreeve_retention",
    ]

    let place: PostgresPlace
    let programs: PostgresPrograms
    let log: PostgresLog
    let durable: Bool

    /// Runs `initdb` beside the data directory and moves the result into place, so that an interrupted one leaves
    /// nothing that looks like a cluster.
    func initializeIfNeeded() async throws {
        let files = FileManager.default
        guard !files.fileExists(atPath: place.data + "/PG_VERSION") else { return }
        guard (try? files.contentsOfDirectory(atPath: place.data))?.isEmpty ?? true else {
            throw PrivatePostgresError("\(place.data) holds something that is not a Postgres cluster: move it away")
        }
        try? files.removeItem(atPath: place.data)
        let fresh = place.directory + "/data.new"
        try? files.removeItem(atPath: fresh)
        let process = try PrivateProcess.launch(
            place.user.command(
                [programs.directory + "/initdb", "-D", fresh, "-U", Self.superuser, "-A", durable ? "peer" : "trust"]
                    + ["--auth-host=reject", "--no-sync", "--no-locale", "-E", "UTF8", "-k"]
            ),
            environment: programs.environment(home: place.directory),
            directory: place.directory,
            output: log.path
        )
        guard await process.end(within: .seconds(120)), process.succeeded else {
            process.send(SIGKILL)
            throw PrivatePostgresError("Postgres' initdb failed: \(log.lastLines())")
        }
        if durable { try admitCurrentUser(in: fresh) }
        try files.moveItem(atPath: fresh, toPath: place.data)
    }

    /// Peer authentication through a map: the system user and the server's own user may log in as our roles.
    private func admitCurrentUser(in data: String) throws {
        let users = Set([NSUserName(), place.user.name]).sorted()
        let lines = users.flatMap { user in Self.roles.map { "keyreeve  \"\(user)\"  \($0)" } }
        try write("local  all  all  peer  map=keyreeve\n", to: data + "/pg_hba.conf")
        try write(lines.joined(separator: "\n") + "\n", to: data + "/pg_ident.conf")
    }

    /// Keeps the file's owner and mode, so it is written in place.
    private func write(_ text: String, to path: String) throws {
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw PrivatePostgresError("\(path) cannot be written: check who owns it")
        }
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    /// Starts the server and waits until it answers. Right after a crash the shared memory of its predecessor may
    /// still be in use, so that is tried again for two seconds.
    func launch(socketDirectory: String) async throws -> PrivateProcess {
        let retryEnd = ContinuousClock.now.advanced(by: .seconds(2))
        while true {
            let process = try PrivateProcess.launch(
                place.user.command(
                    [programs.directory + "/postgres", "-D", place.data] + options(socketDirectory)
                ),
                environment: programs.environment(home: place.directory),
                directory: place.directory,
                output: log.path
            )
            if try await isReady(process, socketDirectory) { return process }
            let lines = log.lastLines()
            guard lines.contains("shared memory block"), ContinuousClock.now < retryEnd else {
                throw PrivatePostgresError("Postgres did not start: \(lines) (see \(log.path))")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func options(_ socketDirectory: String) -> [String] {
        var settings = [
            "listen_addresses=",
            "unix_socket_directories=\(socketDirectory)",
            "unix_socket_permissions=0700",
            "shared_buffers=64MB",
            // DETAIL, which holds values, stays out of the log.
            "log_error_verbosity=terse",
            "logging_collector=off",
        ]
        // Every test that runs beside others has pools of its own.
        settings += ["max_connections=\(durable ? 100 : 400)"]
        if !durable { settings += ["fsync=off", "full_page_writes=off", "synchronous_commit=off"] }
        return settings.flatMap { ["-c", $0] }
    }

    /// False when the server ended instead.
    private func isReady(_ process: PrivateProcess, _ socketDirectory: String) async throws -> Bool {
        // Recovery after a crash takes its time.
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < deadline {
            if process.hasEnded { return false }
            do {
                let conninfo = "host=\(socketDirectory) user=\(Self.superuser) dbname=postgres"
                let session = try await PostgresSession.connect(conninfo)
                await session.close()
                return true
            } catch  where error.kind == .cancelled {
                process.send(SIGINT)
                throw error
            } catch {
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        process.send(SIGQUIT)
        throw PrivatePostgresError("Postgres did not answer within a minute: see \(log.path)")
    }
}

/// The server's programs, which Debian keeps out of PATH.
struct PostgresPrograms: Sendable {
    let directory: String

    private static let root = "/usr/lib/postgresql"
    private static let oldest = 15

    /// The newest; for a cluster that exists already, its own version.
    static func find(for place: PostgresPlace) throws -> PostgresPrograms {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let installed = names.compactMap(Int.init).filter { version in
            version >= oldest && FileManager.default.isExecutableFile(atPath: "\(root)/\(version)/bin/postgres")
        }
        guard let newest = installed.max() else {
            throw PrivatePostgresError("Postgres \(oldest) or newer is not installed: run `apt-get install postgresql`")
        }
        guard let version = place.clusterVersion else {
            return PostgresPrograms(directory: "\(root)/\(newest)/bin")
        }
        guard installed.contains(version) else {
            throw PrivatePostgresError(
                "\(place.data) was made by Postgres \(version), which is not installed: "
                    + "run `apt-get install postgresql-\(version)`, or start afresh with other data"
            )
        }
        return PostgresPrograms(directory: "\(root)/\(version)/bin")
    }

    /// Nothing is inherited: `PG…` variables and locales of the caller would change the cluster.
    func environment(home: String) -> [String: String] {
        ["PATH": "\(directory):/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8", "TZ": "UTC"]
    }
}

/// What the server says, from its last start on.
struct PostgresLog: Sendable {
    let path: String

    init(_ place: PostgresPlace) throws {
        path = place.directory + "/postgres.log"
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        else {
            throw PrivatePostgresError("\(path) cannot be written: check who owns \(place.directory)")
        }
    }

    func lastLines() -> String {
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0.suffix(4000), as: UTF8.self) }
        let lines = (text ?? "").split(separator: "\n")
        let telling = lines.filter { $0.contains("FATAL") || $0.contains("error") }
        return (telling.isEmpty ? lines : telling).suffix(3).joined(separator: " ")
    }
}
