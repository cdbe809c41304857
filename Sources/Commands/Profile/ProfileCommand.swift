import ArgumentParser

struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "See and choose the profile that Codex works in.",
        subcommands: [ProfileListCommand.self, ProfileUseCommand.self]
    )
}
