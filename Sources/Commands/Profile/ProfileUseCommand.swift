import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct ProfileUseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use",
        abstract: "Choose the profile that Codex works in.",
        discussion: """
            Where Codex is configured for you alone, its config.toml is written again. Where root enforces the \
            configuration, the next token carries the profile and nothing needs writing.
            """
    )

    private struct Report: Encodable {
        var active: String
        var isSynced: Bool

        enum CodingKeys: String, CodingKey {
            case active
            case isSynced = "synced"
        }
    }

    @Argument(help: ArgumentHelp("The profile.", valueName: "name"))
    var name: String

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let profile = ProfileName(name), !ProfileName.reserved.contains(name) else {
            throw CommandFailure("`\(Printable.line(name))` is no profile. Run `keyreeve profile list` to see yours.")
        }
        let open = try account.open()
        let list = try await open.client.profiles(bearer: try await open.assertion())
        guard list.profiles.contains(where: { $0.name == profile }) else {
            let names = list.profiles.map(\.name.text).joined(separator: ", ")
            throw CommandFailure(
                names.isEmpty
                    ? "No profile is open to you yet; ask your admin."
                    : "There is no profile \(profile) for you; there are: \(names)."
            )
        }
        try open.folder.activate(profile)
        let isSynced = try isSynced(open)
        if isSynced { _ = try await ConfigSyncCommand.sync(open) }
        let rest = isSynced ? ", and Codex is configured for it" : ""
        try output.write(Report(active: profile.text, isSynced: isSynced), orText: "\(profile) is active\(rest).\n")
    }

    /// Whether this account's configuration is in the person's Codex home.
    private func isSynced(_ open: OpenAccount) throws -> Bool {
        let record = try ConfigurationSync(surroundings: .current, root: open.root).record()
        return record?.server == open.server.address.description && record?.organization == open.folder.organization
    }
}
