import ArgumentParser

/// Which account a command is about.
struct AccountOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The server's address; the one of the last sign-in if left out.", valueName: "url"))
    var server: String?

    @Option(help: ArgumentHelp("The organization; the one of the last sign-in if left out.", valueName: "name"))
    var organization: String?

    func open() throws -> OpenAccount {
        try AccountFinder(surroundings: .current, server: server, organization: organization).open()
    }
}

/// How a command answers.
struct OutputOptions: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Answer in JSON, for programs.")
    var isJSON = false

    /// Prints the value as JSON or the text for eyes.
    func write(_ value: some Encodable, orText text: @autoclosure () -> String) throws {
        Surroundings.current.console.write(isJSON ? try JSONText.document(value) : text())
    }

    /// Says something to the person, on stderr, unless a program reads.
    func remark(_ sentence: String) {
        guard !isJSON else { return }
        Surroundings.current.console.writeError(sentence + "\n")
    }
}
