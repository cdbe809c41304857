import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Bring your organization's configuration to Codex, or take it out.",
        subcommands: [
            ConfigSyncCommand.self, ConfigStatusCommand.self, ConfigShowCommand.self, ConfigInstallCommand.self,
            ConfigUnsyncCommand.self,
        ]
    )
}
