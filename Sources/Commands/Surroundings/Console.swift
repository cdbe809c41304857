/// Where a command's words go and where its answers come from.
package protocol Console: Sendable {
    /// Whether a person is there to be asked.
    var isInteractive: Bool { get }
    func write(_ text: String)
    func writeError(_ text: String)
    /// A line that is not shown while it is typed; nil when the person gave up.
    func readSecret(prompt: String, atMost limit: Int) throws -> [UInt8]?
    /// A line; nil at the end of input.
    func readLine(prompt: String) -> String?
    /// Standard input to its end.
    func readInput(atMost limit: Int) throws -> [UInt8]
}

struct TerminalConsole: Console {
    var isInteractive: Bool { Terminal.isPresent }

    func write(_ text: String) { Terminal.write(text, toError: false) }

    func writeError(_ text: String) { Terminal.write(text, toError: true) }

    func readSecret(prompt: String, atMost limit: Int) throws -> [UInt8]? {
        try Terminal.readSecret(prompt: prompt, atMost: limit)
    }

    func readLine(prompt: String) -> String? { Terminal.readLine(prompt: prompt) }

    func readInput(atMost limit: Int) throws -> [UInt8] { try Terminal.readStandardInput(atMost: limit) }
}
