import ArgumentParser
import ControlAPI
import ControlClient

struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Sign in to a server.",
        discussion: """
            Opens your browser at your organization's identity provider and waits up to five minutes; the address is \
            printed as well. On a machine without a browser ask for a one-time code and run `keyreeve login --code -`.

            The first sign-in remembers the server's configuration key; compare its fingerprint with what your \
            operator published, or give it with --trust.
            """
    )

    @Option(help: ArgumentHelp("The server's address; the one of the last sign-in if left out.", valueName: "url"))
    var server: String?

    @OptionGroup var options: LoginOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let finder = AccountFinder(surroundings: .current, server: server, organization: nil)
        let outcome = try await options.flow(at: try finder.address()).run()
        Self.remarkOnKey(outcome, output)
        let report = LoginReport(outcome.account)
        try output.write(report, orText: report.text)
    }

    static func remarkOnKey(_ outcome: LoginFlow.Outcome, _ output: OutputOptions) {
        guard outcome.isKeyNew else { return }
        let fingerprint = outcome.account.record.configurationKey.fingerprint
        output.remark("This server's configuration key is trusted from now on: \(fingerprint)")
    }
}
