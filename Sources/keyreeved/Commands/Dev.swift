import ArgumentParser
import Cryptography
import Development
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import Store

struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Everything on this machine, for looking around: what deploy/up starts.",
        discussion: """
            A private Postgres, the demo organization, an echo provider and a sign-in page, all on loopback. Not for \
            production: `serve` refuses its database.
            """
    )

    @Option(help: "The checkout, where migrations/, deploy/roles.sql and policies/demo/ are.")
    var root = "."

    @Option(help: "Where to keep the data; default .keyreeve in the checkout, or a shorter place where that cannot be.")
    var data: String?

    @Option(help: "The first of four ports in a row.")
    var port = DevelopmentPorts.usual

    @Option(help: "Path of the keyreeve command to name in what is printed.")
    var client: String?

    @Flag(help: "Forget the data of earlier starts first.")
    var fresh = false

    @Flag(help: "Print one JSON object when ready instead of the lines to paste.")
    var json = false

    func run() async throws {
        ProcessHardening.disableDumps()
        do {
            try await DevelopmentServer(command: self).run()
        } catch {
            FileHandle.standardError.write(Data("keyreeved dev: \(StartFailure.sentence(for: error))\n".utf8))
            throw ExitCode.failure
        }
    }
}
