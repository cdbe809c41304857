import ArgumentParser
import Model
import PolicyDocuments

struct ConfigStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tell whether Codex has the configuration that is in force.",
        discussion: "Exits with 1 when something is out of step; writes nothing."
    )

    struct Report: Encodable, Sendable {
        var folder: String
        var profile: String
        var revision: Int64
        var isInSync: Bool
        var outOfStep: [String]

        enum CodingKeys: String, CodingKey {
            case folder
            case profile
            case revision
            case isInSync = "in_sync"
            case outOfStep = "out_of_step"
        }
    }

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let report = try await Self.report(try account.open())
        try output.write(report, orText: "Profile \(report.profile), revision \(report.revision), \(report.folder).\n")
        guard report.isInSync else {
            let names = report.outOfStep.joined(separator: ", ")
            throw CommandFailure("Out of step: \(names). Run `keyreeve config sync`.")
        }
    }

    static func report(_ open: OpenAccount) async throws -> Report {
        let bundle = try await ConfigurationFetch(account: open, form: .user).run().bundle
        let sync = ConfigurationSync(surroundings: .current, root: open.root)
        let outcome = try await sync.write(bundle, of: open, isDry: true)
        let names = outcome.plan.changes.keys.sorted()
        return Report(
            folder: outcome.home.path,
            profile: outcome.profile.text,
            revision: outcome.order.revision,
            isInSync: names.isEmpty,
            outOfStep: names
        )
    }
}
