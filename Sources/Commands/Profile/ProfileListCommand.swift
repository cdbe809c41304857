import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct ProfileListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the profiles that are open to you."
    )

    private struct Report: Encodable {
        var active: String?
        var profiles: [ProfileList.Entry]
    }

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let open = try account.open()
        let list = try await open.client.profiles(bearer: try await open.assertion())
        // Without a choice of one's own the first one counts, as in the files of `config sync`.
        let chosen = try open.folder.activeProfile()
        let active = list.profiles.contains { $0.name == chosen } ? chosen : list.profiles.first?.name
        var table = Table("", "PROFILE", "MODEL", "PROVIDER")
        for entry in list.profiles {
            let mark = entry.name == active ? "*" : ""
            table.add(mark, entry.name.text, entry.model ?? "-", entry.modelProvider?.text ?? "-")
        }
        let report = Report(active: active?.text, profiles: list.profiles)
        try output.write(report, orText: table.text)
        if list.profiles.isEmpty { output.remark("No profile is open to you yet; ask your admin.") }
    }
}
