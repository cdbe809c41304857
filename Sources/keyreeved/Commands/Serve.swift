import ArgumentParser
import Cryptography
import Foundation
import Store

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The production server.",
        discussion: "Needs a migrated database and what `keyreeved init` made. SIGTERM and SIGINT stop it gracefully."
    )

    @OptionGroup var options: ServerOptions

    @Option(help: "Which listeners to run: all, relay or control.")
    var role = Server.Role.all

    func run() async throws {
        ProcessHardening.disableDumps()
        do {
            let settings = try options.load()
            let arena = try SecretArena.make(lockPolicy: .refuse)
            let groundwork = try await Groundwork.lay(
                settings,
                mode: .production,
                arena: arena,
                egress: settings.egress.rules,
                logger: Server.logger(settings)
            )
            let server = try Server(groundwork, role: role, isDevelopment: false)
            try await server.run(with: [])
        } catch {
            FileHandle.standardError.write(Data("keyreeved serve: \(StartFailure.sentence(for: error))\n".utf8))
            throw ExitCode.failure
        }
    }
}

extension Server.Role: ExpressibleByArgument {}
