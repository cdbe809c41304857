import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct WhoamiCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Show who you are to the server, and what you may do."
    )

    @OptionGroup var account: AccountOptions
    @Flag(name: .customLong("operator"), help: "Ask as a platform operator.")
    var isOperator = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let finder = AccountFinder(
            surroundings: .current,
            server: account.server,
            organization: account.organization,
            isOperator: isOperator
        )
        let open = try finder.open()
        let whoami = try await open.client.whoami(bearer: try await open.assertion())
        let text = try text(whoami, open)
        try output.write(whoami, orText: text)
    }

    private func text(_ whoami: Whoami, _ open: OpenAccount) throws -> String {
        let active = try open.folder.activeProfile()
        var table = Table("You", Printable.line(open.account.user.mail ?? whoami.id))
        table.add("id", whoami.id)
        table.add("server", open.server.address.description)
        if let organization = whoami.organization { table.add("organization", organization.name.text) }
        table.add("roles", list(whoami.roles.map(\.rawValue)))
        table.add("groups", list(whoami.groups.map(\.text)))
        table.add("profiles", list(whoami.profiles.map { $0 == active ? "\($0) (active)" : $0.text }))
        let left = open.account.endsAt.subtractingReportingOverflow(Surroundings.current.now).partialValue
        table.add("session", "ends in \(TimeText.span(left)) unless used")
        if let help = whoami.helpURL { table.add("help", help) }
        return table.text
    }

    private func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
