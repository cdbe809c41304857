import ArgumentParser
import ControlAPI
import ControlClient
import Model

struct OrgCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an organization with one invited admin.",
        discussion: """
            Whoever first signs in at the issuer with the given mail address becomes its admin. You, as operator, get \
            no role in it. Sign in before with `keyreeve login --operator --code -`.
            """
    )

    @Argument(help: ArgumentHelp("Its short name, for URLs and folders.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("The first admin's mail address.", valueName: "mail"))
    var admin: String

    @Option(help: ArgumentHelp("The OpenID provider that its people sign in at.", valueName: "url"))
    var issuer: String

    @Option(help: ArgumentHelp("The client id registered there; `keyreeve` if left out.", valueName: "id"))
    var clientID: String?

    @Option(help: ArgumentHelp("Its name for people.", valueName: "text"))
    var displayName: String?

    @Option(help: ArgumentHelp("Where its people find help; shown when something is denied.", valueName: "url"))
    var helpURL: String?

    @Option(help: ArgumentHelp("The server's address; the one of the last sign-in if left out.", valueName: "url"))
    var server: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let organization = OrganizationName(name), !OrganizationName.reserved.contains(name) else {
            throw CommandFailure(
                "`\(Printable.line(name))` cannot be an organization's name: \(OrganizationName.rule), and not reserved."
            )
        }
        let finder = AccountFinder(surroundings: .current, server: server, organization: nil, isOperator: true)
        let open = try finder.open()
        let request = OrganizationRequest(
            name: organization,
            displayName: displayName,
            admin: admin,
            issuer: issuer,
            clientID: clientID,
            helpURL: helpURL
        )
        let made = try await open.client.createOrganization(request, bearer: try await open.assertion())
        let next = "keyreeve setup \(open.server.address) --organization \(made.name)"
        try output.write(made, orText: "Made \(made.name). \(Printable.line(admin)) runs: \(next)\n")
    }
}
