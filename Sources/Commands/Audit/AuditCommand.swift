import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Look at who did what (auditors).",
        subcommands: [AuditQueryCommand.self]
    )
}
