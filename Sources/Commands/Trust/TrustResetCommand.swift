import ArgumentParser
import ControlAPI
import ControlClient

struct TrustResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Trust another configuration key, by the fingerprint that your operator printed.",
        discussion: """
            For a key that was lost or a server that was set up anew. Compare the fingerprint over another way than \
            this server: whoever holds the key decides what Codex is told.
            """
    )

    private struct Report: Encodable {
        var server: String
        var fingerprint: String
    }

    @Argument(help: ArgumentHelp("SHA256:… as the operator printed it.", valueName: "fingerprint"))
    var fingerprint: String

    @Option(help: ArgumentHelp("The server's address; the one of the last sign-in if left out.", valueName: "url"))
    var server: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let surroundings = Surroundings.current
        let address = try AccountFinder(surroundings: surroundings, server: server, organization: nil).address()
        let discovery = try await surroundings.client(for: address).discovery().value
        _ = try KeyPin.judge(discovery, pinned: nil, expected: fingerprint)
        guard let root = try StateRoot.open(in: surroundings, making: true),
            let folder = try root.server(address, making: true)
        else { throw CommandFailure("The folder for sessions cannot be made.") }
        try folder.save(
            ServerRecord(
                server: address.description,
                deployment: discovery.deployment,
                relayURL: discovery.relayURL,
                configurationKey: discovery.configurationKey
            )
        )
        let report = Report(server: address.description, fingerprint: fingerprint)
        try output.write(report, orText: "Trusted: \(fingerprint). Next: keyreeve login --server \(address)\n")
    }
}
