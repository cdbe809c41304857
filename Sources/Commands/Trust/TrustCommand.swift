import ArgumentParser

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "See or replace the configuration key that this account trusts.",
        subcommands: [TrustShowCommand.self, TrustResetCommand.self]
    )
}
