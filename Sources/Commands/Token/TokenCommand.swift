import ArgumentParser
import ControlClient
import Model

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Print a relay token for a client that asks a command for it.",
        discussion: """
            This is what Codex runs as `auth.command`. Prints exactly one line, or nothing and one sentence on \
            stderr; takes three seconds at most, and no network while the last token has a third of its life left.
            """
    )

    private struct Report: Encodable {
        var token: String
    }

    static let timeout = Duration.seconds(3)

    @OptionGroup var account: AccountOptions

    @Option(help: ArgumentHelp("A profile, or `active` for the one of `keyreeve profile use`.", valueName: "name"))
    var profile = "active"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let open = try account.open()
        let goal = TokenMachine.Goal.relayToken(profile: try chosenProfile(open))
        let token = try await open.token(for: goal, within: Self.timeout)
        // A token with a line end inside would be two lines to whoever reads it.
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw CommandFailure("The server gave something that is no token. Tell your operator.")
        }
        let line = output.isJSON ? try JSONText.line(Report(token: token)) : token + "\n"
        Surroundings.current.console.write(line)
    }

    private func chosenProfile(_ open: OpenAccount) throws -> String {
        if profile == "active" { return try open.folder.activeProfile()?.text ?? "" }
        guard let name = ProfileName(profile) else {
            throw CommandFailure("`\(Printable.line(profile))` is no profile: \(ProfileName.rule).")
        }
        return name.text
    }
}
