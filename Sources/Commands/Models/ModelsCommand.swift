import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the models that you may use."
    )

    @Option(help: ArgumentHelp("Another profile than the active one.", valueName: "name"))
    var profile: String?

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let open = try account.open()
        let named = try profile.map { text in
            guard let name = ProfileName(text) else {
                throw CommandFailure("`\(Printable.line(text))` is no profile: \(ProfileName.rule).")
            }
            return name
        }
        let chosen = try named ?? open.folder.activeProfile()
        let list = try await open.client.models(profile: chosen, bearer: try await open.assertion())
        var table = Table("", "MODEL", "NAME")
        for model in list.models {
            table.add(model.id == list.defaultModel ? "*" : "", model.id, model.displayName ?? "")
        }
        let text = table.text.isEmpty ? "Profile \(list.profile) names no models; its providers decide.\n" : table.text
        try output.write(list, orText: text)
    }
}
