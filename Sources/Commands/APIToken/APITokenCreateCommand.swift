import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct APITokenCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an api token; it is shown once.",
        discussion: "Standard output holds the token alone, so that it can go straight into a secret store."
    )

    @Argument(help: ArgumentHelp("The service account.", valueName: "account"))
    var serviceAccount: String

    @Option(name: .customLong("days"), help: ArgumentHelp("Days until it expires, 1 to 366.", valueName: "days"))
    var days = 90

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...366).contains(days) else { throw ValidationError("A token lives 1 to 366 days.") }
    }

    func run() async throws {
        guard let name = ServiceAccountName(serviceAccount) else {
            throw CommandFailure("`\(Printable.line(serviceAccount))` is no account: \(ServiceAccountName.rule).")
        }
        let open = try account.open()
        let bearer = try await open.assertion()
        let made = try await open.client.createAPIToken(for: name, expiresInDays: days, bearer: bearer)
        output.remark(
            "Token \(made.id) of \(name), good until \(TimeText.instant(made.expiresAt)); it is not shown again."
        )
        try output.write(made, orText: Printable.line(made.token) + "\n")
    }
}
