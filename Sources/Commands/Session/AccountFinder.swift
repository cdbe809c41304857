import ControlClient
import Model

/// Finds the account that a command is about: by its arguments, else the one selected at the last sign-in. The
/// working directory never has a say.
struct AccountFinder: Sendable {
    let surroundings: Surroundings
    let server: String?
    let organization: String?
    var isOperator = false

    /// The server alone.
    func address() throws -> ServerAddress {
        if let server { return try ServerAddress(server) }
        guard let selection = try StateRoot.open(in: surroundings, making: false)?.selection() else {
            throw CommandFailure("No server is known yet. Run `keyreeve setup URL` with the address of yours.")
        }
        return try ServerAddress(selection.server)
    }

    /// The organization, where the arguments or the selection name one.
    func organizationName(at address: ServerAddress) throws -> OrganizationName? {
        if let organization {
            guard let name = OrganizationName(organization) else {
                throw CommandFailure("`\(Printable.line(organization))` is no organization: \(OrganizationName.rule).")
            }
            return name
        }
        let selection = try StateRoot.open(in: surroundings, making: false)?.selection()
        return selection?.server == address.description ? selection?.organization : nil
    }

    /// The signed-in account.
    func open() throws -> OpenAccount {
        let address = try address()
        let organization = isOperator ? nil : try organizationName(at: address)
        let isNamed = isOperator || organization != nil
        let root = try StateRoot.open(in: surroundings, making: false)
        let server = try root?.server(address, making: false)
        guard isNamed, let root, let server, let record = try server.record(),
            let folder = try server.account(organization, making: false), let account = try folder.account()
        else { throw Self.notSignedIn(address, organization, isOperator: isOperator) }
        return OpenAccount(
            surroundings: surroundings,
            root: root,
            server: server,
            record: record,
            folder: folder,
            account: account
        )
    }

    private static func notSignedIn(
        _ address: ServerAddress,
        _ organization: OrganizationName?,
        isOperator: Bool
    ) -> CommandFailure {
        if isOperator {
            return CommandFailure(
                "You are not signed in as an operator of \(address). Run `keyreeve login --operator --code -`."
            )
        }
        let place = organization.map { "\($0) at \(address)" } ?? address.description
        return CommandFailure("You are not signed in to \(place). Run `keyreeve login --server \(address)`.")
    }
}

/// A signed-in account with all that its commands need.
struct OpenAccount: Sendable {
    let surroundings: Surroundings
    let root: StateRoot
    let server: ServerFolder
    let record: ServerRecord
    let folder: AccountFolder
    let account: Account

    var client: ControlClient { surroundings.client(for: server.address) }

    func storage() throws -> any SessionStorage {
        try SessionPlacement(surroundings: surroundings, account: folder).storage(at: account.place)
    }

    /// A session assertion that is good now, renewed if its last quarter has begun.
    func assertion() async throws -> String {
        try await token(for: .assertion, within: .seconds(15))
    }

    func token(for goal: TokenMachine.Goal, within timeout: Duration) async throws -> String {
        let runner = SessionRunner(
            surroundings: surroundings,
            account: folder,
            storage: try storage(),
            timeout: timeout
        )
        return try await runner.token(for: goal)
    }
}
