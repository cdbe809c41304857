import ArgumentParser
import FoundationEssentials
import Testing

@testable import Commands

@Suite struct CommandLineTests {
    @Test(arguments: [
        ("nonsense", Int32(64)), ("config sync --enforced", 64), ("apply", 64), ("audit query --limit 0", 64),
        ("--help", 0), ("token --help", 0), ("--version", 0), ("--generate-completion-script bash", 0),
        ("setup ftp://x", 1), ("whoami", 1), ("token", 1),
    ])
    func exitCodesSayWhoIsToBlame(line: String, code: Int32) async throws {
        let arguments = line.split(separator: " ").map(String.init)
        let machine = try Machine()
        let result = await Surroundings.$current.withValue(machine.surroundings) {
            await CommandLineRun.exitCode(arguments)
        }
        #expect(result == code)
        let isError = code != 0
        #expect(machine.console.output.isEmpty == isError)
        #expect(machine.console.errors.isEmpty == !isError)
        if code == 1 { #expect(machine.console.errors.split(separator: "\n").count == 1) }
        // Nobody signed in: looking at things must not leave any.
        #expect(machine.home.files.isEmpty)
    }

    @Test func everyAnswerCanBeJSON() throws {
        for command in leaves(KeyreeveCommand.self) {
            let help = command.helpMessage(columns: 100)
            #expect(help.contains("--json"), "\(command)")
        }
    }

    /// `KEYREEVE_WRITE_GOLDEN=1` writes the file again.
    @Test func helpIsWhatWasReviewed() throws {
        let text = help(KeyreeveCommand.self, "keyreeve")
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let golden = "/" + tests + "/Golden/keyreeve-help.txt"
        if ProcessInfo.processInfo.environment["KEYREEVE_WRITE_GOLDEN"] != nil {
            try Data(text.utf8).write(to: URL(filePath: golden))
        }
        let expected = FileManager.default.contents(atPath: golden).map { String(decoding: $0, as: UTF8.self) }
        #expect(text == expected)
    }

    private func leaves(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        let subcommands = all(command)
        return subcommands.isEmpty ? [command] : subcommands.flatMap { leaves($0) }
    }

    private func help(_ command: any ParsableCommand.Type, _ name: String) -> String {
        let message = KeyreeveCommand.helpMessage(for: command, columns: 100)
        let own = "==== \(name)\n\(message)\n\n"
        return own + all(command).map { help($0, "\(name) \($0.configuration.commandName ?? "")") }.joined()
    }

    private func all(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        command.configuration.subcommands + command.configuration.groupedSubcommands.flatMap(\.subcommands)
    }
}
