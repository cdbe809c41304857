package import ArgumentParser

/// `keyreeve`: one command for developers, admins, auditors and operators.
package struct KeyreeveCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "keyreeve",
        abstract: "Let coding agents reach your organization's model providers, under its policy.",
        discussion: """
            Start with `keyreeve setup URL`: it signs you in, configures Codex and checks that everything works.

            Exit codes: 0 for success, 1 when something failed (stderr says what to do), 64 for wrong usage. \
            For shell completions see `keyreeve --generate-completion-script bash`.
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Every day",
                subcommands: [
                    SetupCommand.self, LoginCommand.self, LogoutCommand.self, WhoamiCommand.self, ProfileCommand.self,
                    ConfigCommand.self, ModelsCommand.self, DoctorCommand.self, TokenCommand.self, TrustCommand.self,
                ]
            ),
            CommandGroup(
                name: "Administration",
                subcommands: [
                    PlanCommand.self, ApplyCommand.self, CredentialCommand.self, ServiceAccountCommand.self,
                    APITokenCommand.self, OrgCommand.self,
                ]
            ),
            CommandGroup(name: "Audit", subcommands: [AuditCommand.self]),
        ]
    )

    package init() {}
}

/// Runs a command line to its exit code.
package enum CommandLineRun {
    /// - Parameter arguments: Without the program's name.
    package static func exitCode(_ arguments: [String]) async -> Int32 {
        let console = Surroundings.current.console
        do {
            var command = try await KeyreeveCommand.asyncParseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            let exitCode = KeyreeveCommand.exitCode(for: error)
            let isOfParser = exitCode != .failure || error is CleanExit || error is ExitCode
            guard isOfParser else {
                let failure = CommandFailure(any: error)
                for line in failure.details { console.writeError(line + "\n") }
                console.writeError("keyreeve: " + failure.sentence + "\n")
                return failure.exitCode
            }
            let message = KeyreeveCommand.fullMessage(for: error)
            if !message.isEmpty {
                exitCode == .success ? console.write(message + "\n") : console.writeError(message + "\n")
            }
            return exitCode.rawValue
        }
    }
}
