import ArgumentParser
import ControlAPI
import ControlClient

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what policy documents would change; changes nothing.",
        discussion: "Every error of every document is reported at once, with file and line."
    )

    @Option(
        name: [.customShort("f"), .customLong("from")],
        help: ArgumentHelp("The folder of the organization's documents.", valueName: "dir"),
        completion: .directory
    )
    var folder: String

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("Keep the plan in a file, for `keyreeve apply FILE`.", valueName: "file"),
        completion: .file()
    )
    var file: String?

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let files = try PolicyFiles(folder: folder).files
        let open = try account.open()
        let plan = try await open.client.plan(files, bearer: try await open.assertion())
        if let file {
            guard let organization = open.folder.organization else {
                throw CommandFailure("An operator has no policy; sign in to an organization.")
            }
            let server = open.server.address.description
            let saved = SavedPlan(server: server, organization: organization, files: files, plan: plan)
            try OutputFile(file).write(try saved.bytes(), mode: 0o600)
        }
        try output.write(plan, orText: PlanText.text(plan))
        if let file { output.remark("Kept. Next: keyreeve apply \(file)") }
    }
}
