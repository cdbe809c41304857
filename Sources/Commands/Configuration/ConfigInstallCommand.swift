import ArgumentParser
import ControlClient
import Model
import PolicyDocuments

struct ConfigInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "As root, enforce a fetched configuration for everyone on this machine.",
        discussion: """
            FILE comes from `keyreeve config sync --enforced --out FILE`, run by the person whom this machine is \
            enrolled to. Signature, audience, order and age are checked against /etc/keyreeve/trust.toml, which root \
            writes once (`keyreeve trust show --toml` prints one to compare and copy):

                deployment = "ID"
                organization = "ID"
                audience = "user:ID"
                keys = ["PUBLIC KEY"]

            Writes /etc/codex; opens no network connection and reads nobody's home.
            """
    )

    private struct Report: Encodable {
        var folder: String
        var profile: String
        var generation: Int64
        var revision: Int64
    }

    @Argument(help: ArgumentHelp("What was fetched.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The profile whose provider is forced.", valueName: "name"))
    var profile: String?

    @Flag(name: .customLong("replace"), help: "Replace files in /etc/codex that Keyreeve did not write.")
    var isReplacing = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let surroundings = Surroundings.current
        let named = try profile.map { text in
            guard let name = ProfileName(text) else {
                throw CommandFailure("`\(Printable.line(text))` is no profile: \(ProfileName.rule).")
            }
            return name
        }
        let contents = try InstallFile(bytes: try OutputFile(file).read(atMost: InstallFile.largest))
        let installation = EnforcedInstallation(surroundings: surroundings)
        let state = try installation.install(contents, profile: named, isReplacing: isReplacing)
        let report = Report(
            folder: surroundings.system.codexFolder,
            profile: state.profile.text,
            generation: state.order.generation,
            revision: state.order.revision
        )
        try output.write(report, orText: "Installed revision \(report.revision) in \(report.folder).\n")
    }
}
