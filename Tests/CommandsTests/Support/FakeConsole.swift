import Synchronization

@testable import Commands

/// A console whose person answers as told and whose words are kept.
final class FakeConsole: Console {
    private struct Words {
        var output = ""
        var errors = ""
    }

    private let words = Mutex(Words())
    let isInteractive: Bool
    private let secret: [UInt8]?
    private let line: String?
    private let input: [UInt8]

    init(isInteractive: Bool = false, secret: String? = nil, line: String? = nil, input: String = "") {
        self.isInteractive = isInteractive
        self.secret = secret.map { Array($0.utf8) }
        self.line = line
        self.input = Array(input.utf8)
    }

    var output: String { words.withLock { $0.output } }
    var errors: String { words.withLock { $0.errors } }

    func write(_ text: String) { words.withLock { $0.output += text } }
    func writeError(_ text: String) { words.withLock { $0.errors += text } }
    func readSecret(prompt: String, atMost limit: Int) throws -> [UInt8]? { secret }
    func readLine(prompt: String) -> String? { line }
    func readInput(atMost limit: Int) throws -> [UInt8] { input }
}
