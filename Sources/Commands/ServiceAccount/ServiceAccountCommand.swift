import ArgumentParser

struct ServiceAccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service-account",
        abstract: "Make accounts for programs (admins).",
        subcommands: [ServiceAccountCreateCommand.self]
    )
}
