import ArgumentParser
import ControlAPI
import Model
import PolicyDocuments

struct TrustShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the pinned configuration key."
    )

    private struct Report: Encodable {
        var server: String
        var deployment: String
        var fingerprint: String
        var publicKey: String

        enum CodingKeys: String, CodingKey {
            case server
            case deployment
            case fingerprint
            case publicKey = "public_key"
        }
    }

    @Flag(name: .customLong("toml"), help: "Print a trust.toml for `keyreeve config install`.")
    var isTOML = false

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let open = try account.open()
        let record = open.record
        if isTOML {
            guard let organization = open.account.organization else {
                throw CommandFailure("An operator has no configuration; sign in to an organization.")
            }
            let text = TrustFile.text(
                deployment: record.deployment,
                organization: organization.id,
                audience: .user(open.account.user.id),
                publicKey: record.configurationKey.publicKey
            )
            return Surroundings.current.console.write(text)
        }
        let report = Report(
            server: record.server,
            deployment: record.deployment.description,
            fingerprint: record.configurationKey.fingerprint,
            publicKey: record.configurationKey.publicKey
        )
        try output.write(report, orText: "\(report.fingerprint)  \(report.server)\n")
    }
}
