import ArgumentParser
import ControlAPI
import ControlClient
import Cryptography
import Model

struct CredentialSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Store or replace a credential.",
        discussion: """
            The value comes from a prompt that does not show it, or from standard input, of which one line end is \
            left out; never from the command line, where every process on this machine could read it:

                keyreeve credential set azure-prod --for https://acme.openai.azure.com < key.txt

            It is sealed by the server and cannot be read back. The server sends it only to the destinations named \
            here, whatever policy documents say: https://HOST, with :PORT and /PATH where they matter, or \
            https://*.HOST for one name under a host of at least three parts. A new value without --for keeps the \
            destinations of the old one.
            """
    )

    @Argument(help: ArgumentHelp("The name that policy documents call it by.", valueName: "name"))
    var name: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "Where it may be sent; may be given more than once. Needed for a new credential.",
            valueName: "url"
        )
    )
    var destinations: [String] = []

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let name = CredentialName(name) else {
            throw CommandFailure("`\(Printable.line(self.name))` cannot name a credential: \(CredentialName.rule).")
        }
        let open = try account.open()
        // Before anything is asked: a value must not be typed for nothing.
        let bearer = try await open.assertion()
        if destinations.isEmpty, try await !open.client.credentials(bearer: bearer).has(name) {
            throw CommandFailure(
                "Say where \(name) may be sent: keyreeve credential set \(name) --for https://HOST, the address of the "
                    + "provider's base_url."
            )
        }
        var value = try Self.value(for: name, from: Surroundings.current.console)
        defer { wipe(&value) }
        let entry = try await open.client.setCredential(name, value: value, destinations: destinations, bearer: bearer)
        let places = Printable.line(entry.destinations.joined(separator: ", "))
        try output.write(
            entry,
            orText: "Stored \(entry.name), generation \(entry.generation), for \(places).\n"
        )
    }

    static func value(for name: CredentialName, from console: any Console) throws -> [UInt8] {
        let limit = CredentialEntry.largestValue
        var value: [UInt8]
        if console.isInteractive {
            guard let typed = try console.readSecret(prompt: "Value of \(name) (not shown): ", atMost: limit) else {
                throw CommandFailure("Stopped; nothing was stored.")
            }
            value = typed
        } else {
            value = withoutLineEnd(try console.readInput(atMost: limit + 2))
        }
        guard !value.isEmpty else { throw CommandFailure("The value is empty; nothing was stored.") }
        guard value.count <= limit else {
            wipe(&value)
            throw CommandFailure("The value is longer than \(limit) bytes; nothing was stored.")
        }
        return value
    }

    /// Files and `echo` end with a line end that no credential has.
    static func withoutLineEnd(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        return bytes
    }
}

extension CredentialList {
    fileprivate func has(_ name: CredentialName) -> Bool { credentials.contains { $0.name == name } }
}
