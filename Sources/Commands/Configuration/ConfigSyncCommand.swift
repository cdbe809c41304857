import ArgumentParser
import ControlClient
import Model
import PolicyDocuments

struct ConfigSyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Write the configuration into your Codex home.",
        discussion: """
            Your own lines in config.toml stay as they are: ours stand in two marked blocks, and a line of yours that \
            contradicts them is commented out until `keyreeve config unsync`. Every other profile gets a file of its \
            own, so that `codex -p NAME` works.

            With --enforced nothing is written into Codex: FILE is what root gives to `keyreeve config install`.
            """
    )

    private struct Report: Encodable {
        var folder: String
        var profile: String
        var revision: Int64
        var changed: [String]
    }

    private struct EnforcedReport: Encodable {
        var file: String
        var revision: Int64
    }

    @Flag(name: .customLong("enforced"), help: "Fetch the enforced form into a file instead.")
    var isEnforced = false

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("Where to put the enforced form.", valueName: "file"),
        completion: .file()
    )
    var file: String?

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard isEnforced == (file != nil) else { throw ValidationError("--enforced and --out FILE go together.") }
    }

    func run() async throws {
        let open = try account.open()
        if let file { return try await fetchEnforced(open, into: file) }
        let outcome = try await Self.sync(open)
        let report = Report(
            folder: outcome.home.path,
            profile: outcome.profile.text,
            revision: outcome.order.revision,
            changed: outcome.plan.changes.keys.sorted()
        )
        try output.write(report, orText: Self.text(outcome) + "\n")
    }

    static func sync(_ open: OpenAccount) async throws -> ConfigurationSync.Outcome {
        let bundle = try await ConfigurationFetch(account: open, form: .user).run().bundle
        return try await ConfigurationSync(surroundings: .current, root: open.root).write(bundle, of: open)
    }

    static func text(_ outcome: ConfigurationSync.Outcome) -> String {
        let names = outcome.plan.changes.keys.sorted()
        let what = names.isEmpty ? "everything was up to date" : "wrote " + names.joined(separator: ", ")
        return "Codex is configured for profile \(outcome.profile) in \(outcome.home.path): \(what)."
    }

    private func fetchEnforced(_ open: OpenAccount, into path: String) async throws {
        let (bundle, answer) = try await ConfigurationFetch(account: open, form: .enforced).run()
        let contents = InstallFile(configuration: answer, profile: try open.folder.activeProfile())
        try OutputFile(path).write(try contents.bytes(), mode: 0o644)
        if bundle.content.server != open.server.address.description {
            output.remark(
                """
                Note: Codex will ask for tokens of \(Printable.line(bundle.content.server)); sign in under that \
                address too.
                """
            )
        }
        let report = EnforcedReport(file: path, revision: bundle.order.revision)
        try output.write(report, orText: "Wrote \(path). Next: sudo keyreeve config install \(path)\n")
    }
}
