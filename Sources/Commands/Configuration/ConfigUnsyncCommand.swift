import ArgumentParser

struct ConfigUnsyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unsync",
        abstract: "Take the configuration out of your Codex home again.",
        discussion: "Your own lines come back as they were. Needs no server and no session."
    )

    private struct Report: Encodable {
        var folder: String
        var changed: [String]
    }

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let surroundings = Surroundings.current
        guard let root = try StateRoot.open(in: surroundings, making: true) else { return }
        let (home, plan) = try await ConfigurationSync(surroundings: surroundings, root: root).unsync()
        let names = plan.changes.keys.sorted()
        let text =
            names.isEmpty
            ? "There was nothing of Keyreeve in \(home.path).\n"
            : "Took Keyreeve out of \(names.joined(separator: ", ")) in \(home.path).\n"
        try output.write(Report(folder: home.path, changed: names), orText: text)
    }
}
