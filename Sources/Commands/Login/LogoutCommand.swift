import ArgumentParser
import ControlClient
import Model

struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "End your session, here and at the server.",
        discussion: "Codex stays configured; `keyreeve config unsync` takes that out."
    )

    private struct Report: Encodable {
        var server: String
        var organization: String?
        var endedAtServer: Bool

        enum CodingKeys: String, CodingKey {
            case server
            case organization
            case endedAtServer = "ended_at_server"
        }
    }

    @OptionGroup var account: AccountOptions
    @Flag(name: .customLong("operator"), help: "End the session of a platform operator.")
    var isOperator = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let finder = AccountFinder(
            surroundings: .current,
            server: account.server,
            organization: account.organization,
            isOperator: isOperator
        )
        let open = try finder.open()
        let isEnded = await endAtServer(open)
        let lock = try open.folder.lock()
        guard try await lock.take(until: .now.advanced(by: .seconds(5))) else {
            throw CommandFailure("Another keyreeve is busy with this session. Try again in a moment.")
        }
        defer { lock.giveBack() }
        try await open.storage().clear()
        try open.folder.forgetAccount()
        let report = Report(
            server: open.server.address.description,
            organization: open.folder.organization?.text,
            endedAtServer: isEnded
        )
        let rest = isEnded ? "" : " The server could not be told; there the session ends when it expires."
        try output.write(report, orText: "Signed out of \(report.server).\(rest)\n")
    }

    /// The local session goes in any case.
    private func endAtServer(_ open: OpenAccount) async -> Bool {
        do {
            try await open.client.endSession(bearer: try await open.token(for: .assertion, within: .seconds(5)))
            return true
        } catch {
            return false
        }
    }
}
