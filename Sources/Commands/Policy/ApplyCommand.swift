import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Put policy documents in force.",
        discussion: """
            Either a file of `keyreeve plan --out FILE`, which is applied exactly as it was planned, or a folder with \
            -f, which is planned first. Shows what changes and asks. Refused when somebody else applied a change in \
            between: plan again.
            """
    )

    @Argument(help: ArgumentHelp("A kept plan.", valueName: "file"), completion: .file())
    var file: String?

    @Option(
        name: [.customShort("f"), .customLong("from")],
        help: ArgumentHelp("The folder of the organization's documents.", valueName: "dir"),
        completion: .directory
    )
    var folder: String?

    @Flag(name: [.customShort("y"), .customLong("yes")], help: "Do not ask.")
    var isApproved = false

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (file == nil) != (folder == nil) else { throw ValidationError("Give a kept plan, or a folder with -f.") }
    }

    func run() async throws {
        let console = Surroundings.current.console
        let saved = try file.map { try SavedPlan(bytes: try OutputFile($0).read(atMost: 32 << 20)) }
        let open = try opened(for: saved)
        let bearer = try await open.assertion()
        let files = try saved?.files ?? PolicyFiles(folder: folder ?? "").files
        let plan: PolicyPlan
        if let saved { plan = saved.plan } else { plan = try await open.client.plan(files, bearer: bearer) }
        if !output.isJSON { console.write(PlanText.text(plan)) }
        guard !plan.changes.isEmpty else {
            if output.isJSON { console.write(try JSONText.document(plan)) }
            return
        }
        try confirm(console, open)
        let revision = try await open.client.apply(files, baseVersion: plan.baseVersion, bearer: bearer)
        try output.write(revision, orText: "Applied as revision \(revision.revision).\n")
    }

    /// A kept plan goes where it was made for and nowhere else.
    private func opened(for saved: SavedPlan?) throws -> OpenAccount {
        guard let saved else { return try account.open() }
        guard account.server ?? saved.server == saved.server,
            account.organization ?? saved.organization.text == saved.organization.text
        else { throw CommandFailure("This plan was made for \(saved.organization) at \(saved.server); plan again.") }
        return try AccountFinder(
            surroundings: .current,
            server: saved.server,
            organization: saved.organization.text
        ).open()
    }

    private func confirm(_ console: any Console, _ open: OpenAccount) throws {
        guard !isApproved else { return }
        guard console.isInteractive else {
            throw CommandFailure("Nobody is there to ask; look at the plan and pass --yes.")
        }
        let organization = open.folder.organization?.text ?? ""
        let answer = console.readLine(prompt: "Apply this to \(organization) at \(open.server.address)? [y/N] ")
        guard ["y", "yes"].contains((answer ?? "").lowercased()) else {
            throw CommandFailure("Stopped; nothing was changed.")
        }
    }
}
