import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct CredentialListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the stored credentials, without their values, and where each may be sent."
    )

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let open = try account.open()
        let list = try await open.client.credentials(bearer: try await open.assertion())
        var table = Table(columns: [
            .init(title: "NAME"), .init(title: "GENERATION", alignment: .right), .init(title: "UPDATED"),
            .init(title: "FOR"),
        ])
        for entry in list.credentials {
            table.add(
                entry.name.text,
                String(entry.generation),
                TimeText.instant(entry.updatedAt),
                entry.destinations.joined(separator: " ")
            )
        }
        try output.write(list, orText: table.text)
        if list.credentials.isEmpty {
            output.remark("None yet. Store one with `keyreeve credential set NAME --for https://HOST`.")
        }
    }
}
