import ArgumentParser
import ControlClient

struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Sign in, configure Codex and check that everything works.",
        discussion: """
            The one command for a new machine: `keyreeve setup https://keyreeve.example.com`. Run it again whenever \
            something is off; a session that still holds is kept.
            """
    )

    @Argument(help: ArgumentHelp("The server's address.", valueName: "url"))
    var server: String

    @OptionGroup var options: LoginOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let address = try ServerAddress(server)
        guard !options.isOperator else {
            throw ValidationError("An operator needs no Codex; use `keyreeve login --operator`.")
        }
        let account = try await signedIn(at: address)
        let sync = try await ConfigSyncCommand.sync(account)
        output.remark(ConfigSyncCommand.text(sync))
        let findings = await Doctor(surroundings: .current, account: account).examine()
        try output.write(findings, orText: Doctor.text(findings))
        if findings.contains(where: { $0.level == .failure }) {
            throw CommandFailure("Setup is not complete; see the checks above.")
        }
        output.remark("Ready. Try: codex exec \"hello\"")
    }

    private func signedIn(at address: ServerAddress) async throws -> OpenAccount {
        let finder = AccountFinder(
            surroundings: .current,
            server: address.description,
            organization: options.organization
        )
        if options.code == nil, options.trust == nil, let account = try? finder.open(),
            (try? await account.client.whoami(bearer: try await account.assertion())) != nil
        {
            output.remark("You are signed in already.")
            return account
        }
        let outcome = try await options.flow(at: address).run()
        LoginCommand.remarkOnKey(outcome, output)
        output.remark(String(LoginReport(outcome.account).text.dropLast()))
        return outcome.account
    }
}
