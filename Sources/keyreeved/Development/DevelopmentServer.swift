import Cryptography
import Development
import Foundation
import Logging
import Policy
import Postgres
import ServiceLifecycle
import Store

/// The life of one `keyreeved dev`: Postgres first, everything else in one group, Postgres last.
struct DevelopmentServer: Sendable {
    let command: Dev

    func run() async throws {
        let ports = try DevelopmentPorts(control: command.port)
        let place = try DevelopmentPlace.choose(root: command.root, asked: command.data)
        try await ports.refuseTaken()
        if command.fresh { try place.empty() }
        try place.make()
        say("Starting Postgres in \(place.directory)/postgres …")
        let postgres = try await PrivatePostgres.start(directory: place.directory + "/postgres", durable: true)
        do {
            try await serve(postgres, place, ports)
        } catch {
            await postgres.stop()
            throw error
        }
        await postgres.stop()
    }

    private func serve(
        _ postgres: PrivatePostgres,
        _ place: DevelopmentPlace,
        _ ports: DevelopmentPorts
    ) async throws {
        let root = URL(fileURLWithPath: command.root).standardizedFileURL.path
        try await prepareDatabase(postgres, root)
        let settings = try SettingsLoader.load(
            flags: [
                .databaseURL: postgres.conninfoWithoutRole,
                .dataDirectory: place.directory,
                .migrationsDirectory: root + "/migrations",
                .controlPort: String(ports.control),
                .relayPort: String(ports.relay),
                .logLevel: "warning",
            ],
            environment: [:],
            file: nil
        )
        say("Bringing the schema up to date …")
        _ = try await Bootstrap.migrate(settings)
        let arena = try SecretArena.make(lockPolicy: .warn)
        if !FileManager.default.fileExists(atPath: settings.rootKeyFile) {
            _ = try await Bootstrap.initialize(settings, mode: .development, arena: arena)
        }
        try await start(settings, PrivatePostgresWatch(postgres, say: say), place, ports, root, arena)
    }

    private func start(
        _ settings: Settings,
        _ watch: PrivatePostgresWatch,
        _ place: DevelopmentPlace,
        _ ports: DevelopmentPorts,
        _ root: String,
        _ arena: SecretArena
    ) async throws {
        let logger = Server.logger(settings)
        let groundwork = try await Groundwork.lay(
            settings,
            mode: .development,
            arena: arena,
            egress: settings.egress.rules.forDevelopment,
            logger: logger
        )
        let issuer = DevelopmentIssuer(
            url: "http://127.0.0.1:\(ports.issuer)",
            people: DemoOrganization.people.map(\.person),
            signInCode: signInCode()
        )
        let echoKey = try EchoKey.findOrMake(in: place.directory, arena: arena)
        let demo = DemoOrganization(
            groundwork: groundwork,
            directory: root + "/policies/demo",
            ports: ports,
            issuerURL: issuer.url
        )
        try await demo.prepare(echoKey: echoKey.fresh)
        let server = try Server(groundwork, role: .all, isDevelopment: true)
        let report = DevelopmentReport(
            control: settings.controlURL,
            relay: settings.relayURL,
            issuer: issuer.url,
            people: DemoOrganization.people.map(\.person.mail),
            signInCode: issuer.signInCode,
            code: try await demo.signInCode(tokens: server.refreshTokens),
            operatorCode: try await Bootstrap.operatorCode(
                database: groundwork.database,
                tokens: server.refreshTokens
            ),
            data: place.directory
        )
        let extras: [any Service] = [
            watch,
            EchoProvider(keyDigest: echoKey.digest).application(port: ports.echo, logger: logger),
            issuer.application(port: ports.issuer, logger: logger),
            Announcement(
                control: settings.controlURL,
                text: command.json ? report.json : report.text(client: command.client)
            ),
        ]
        try await server.run(with: extras)
    }

    /// Roles and database, as a superuser would make them; running it again changes nothing.
    private func prepareDatabase(_ postgres: PrivatePostgres, _ root: String) async throws {
        let roles = try String(contentsOfFile: root + "/deploy/roles.sql", encoding: .utf8)
        try await postgres.withSuperuser { session in
            try await session.runScript(roles)
            let known = try await session.query("SELECT 1 FROM pg_database WHERE datname = 'keyreeve'")
            if known.isEmpty { try await session.runScript("CREATE DATABASE keyreeve OWNER keyreeve_owner") }
        }
    }

    /// Eight letters without look-alikes, which the sign-in page asks for.
    private func signInCode() -> String {
        let alphabet = Array("BCDFGHJKLMNPQRSTVWXZ".utf8)
        let letters = SecureRandom.bytes(8).map { alphabet[Int($0) % alphabet.count] }
        return String(decoding: letters, as: UTF8.self)
    }

    @Sendable private func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
