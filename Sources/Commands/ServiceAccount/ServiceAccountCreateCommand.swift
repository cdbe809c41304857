import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct ServiceAccountCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a service account.",
        discussion: "Give it a token with `keyreeve api-token create NAME`."
    )

    private static let offered = Role.allCases.filter { $0 != .platformOperator }.map(\.rawValue)

    @Argument(help: ArgumentHelp("Its name.", valueName: "name"))
    var name: String

    @Option(
        name: .customLong("role"),
        help: ArgumentHelp("A role, may be given more than once; developer if left out.", valueName: "role"),
        completion: .list(Self.offered)
    )
    var roles: [String] = []

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let name = ServiceAccountName(name) else {
            throw CommandFailure("`\(Printable.line(self.name))` cannot name an account: \(ServiceAccountName.rule).")
        }
        let chosen = try (roles.isEmpty ? [Role.developer.rawValue] : roles).map { text in
            guard let role = Role(rawValue: text), role != .platformOperator else {
                throw CommandFailure(
                    "`\(Printable.line(text))` is no role; there are: \(Self.offered.joined(separator: ", "))."
                )
            }
            return role
        }
        let open = try account.open()
        let request = ServiceAccountRequest(name: name, roles: chosen)
        let entry = try await open.client.createServiceAccount(request, bearer: try await open.assertion())
        try output.write(entry, orText: "Made \(entry.name). Next: keyreeve api-token create \(entry.name)\n")
    }
}
