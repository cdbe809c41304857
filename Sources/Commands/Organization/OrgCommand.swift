import ArgumentParser

struct OrgCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "org",
        abstract: "Make organizations (operators).",
        subcommands: [OrgCreateCommand.self]
    )
}
