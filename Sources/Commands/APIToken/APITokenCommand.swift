import ArgumentParser

struct APITokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-token",
        abstract: "Make tokens for service accounts (admins).",
        subcommands: [APITokenCreateCommand.self]
    )
}
