import ArgumentParser
import ControlClient
import Model
import PolicyDocuments

struct ConfigShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the configuration that is in force for you.",
        discussion: """
            As `config sync` would write it, without your own lines. When the server cannot be reached, the last one \
            that this machine verified.
            """
    )

    @Option(help: ArgumentHelp("Another profile than the active one.", valueName: "name"))
    var profile: String?

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let open = try account.open()
        let bundle = try await bundle(open)
        let chosen = try profile.map { ProfileName($0) } ?? open.folder.activeProfile()
        if profile != nil, chosen.flatMap({ bundle.content.profile($0) }) == nil {
            throw CommandFailure("There is no such profile for you. Run `keyreeve profile list` to see yours.")
        }
        let active = try ConfigurationSync.activeProfile(in: bundle.content, chosen: chosen)
        let sync = ConfigurationSync(surroundings: .current, root: open.root)
        let files = try sync.render(bundle.content, active, for: open.server.address)
        try output.write(bundle.content, orText: files["config.toml"]?.text ?? "")
    }

    private func bundle(_ open: OpenAccount) async throws -> ConfigurationBundle {
        let fetch = ConfigurationFetch(account: open, form: .user)
        do {
            return try await fetch.run().bundle
        } catch let error as ClientError where error.isTransient {
            guard let bundle = try fetch.offline() else { throw error }
            output.remark("The server cannot be reached; this is the last configuration that was verified here.")
            return bundle
        }
    }
}
