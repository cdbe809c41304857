import ArgumentParser

struct CredentialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential",
        abstract: "Store the secrets that providers ask for (admins).",
        subcommands: [CredentialSetCommand.self, CredentialListCommand.self, CredentialShowCommand.self]
    )
}
