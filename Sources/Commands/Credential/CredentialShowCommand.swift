import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct CredentialShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one stored credential and where it may be sent, without its value."
    )

    @Argument(help: ArgumentHelp("The credential's name.", valueName: "name"))
    var name: String

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let open = try account.open()
        let list = try await open.client.credentials(bearer: try await open.assertion())
        guard let entry = list.credentials.first(where: { $0.name.text == name }) else {
            throw CommandFailure("There is no credential of that name; `keyreeve credential list` shows all.")
        }
        var table = Table("NAME", entry.name.text)
        table.add("GENERATION", String(entry.generation))
        table.add("UPDATED", TimeText.instant(entry.updatedAt))
        for destination in entry.destinations { table.add("FOR", destination) }
        try output.write(entry, orText: table.text)
    }
}
