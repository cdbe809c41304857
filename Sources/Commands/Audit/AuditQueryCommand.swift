import ArgumentParser
import ControlAPI
import ControlClient

struct AuditQueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Show audit records, the newest ones last.",
        discussion: """
            A query is words with a field each, all of which must hold; a minus negates, a star stands for anything:

                keyreeve audit query 'profile:production since:1h'
                keyreeve audit query 'decision:deny -provider:echo model:gpt-* since:2026-07-01T00:00:00Z'

            Fields: actor, profile, provider, model, decision, reason, kind, status, request, since, until. \
            With --json one record a line, exactly as recorded.
            """
    )

    @Argument(help: ArgumentHelp("What to look for; everything if left out.", valueName: "query"))
    var query: [String] = []

    @Option(help: ArgumentHelp("How many records at most, 1 to 1000.", valueName: "count"))
    var limit = 100

    @Option(help: ArgumentHelp("Only records after this sequence number.", valueName: "sequence"))
    var after: Int64?

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit takes 1 to 1000.") }
    }

    func run() async throws {
        let open = try account.open()
        let page = try await open.client.audit(
            query: query.joined(separator: " "),
            after: after,
            limit: limit,
            bearer: try await open.assertion()
        )
        let console = Surroundings.current.console
        if output.isJSON {
            for entry in page.records { console.write(try JSONText.line(Line(entry))) }
            return
        }
        var table = Table(columns: AuditCall.columns)
        for call in AuditCall.join(page.records) { table.add(call.cells) }
        console.write(table.text)
        if page.records.isEmpty { output.remark("No record matches.") }
    }

    /// A record with its sequence number beside its own fields.
    private struct Line: Encodable {
        let entry: AuditEntry

        init(_ entry: AuditEntry) { self.entry = entry }

        func encode(to encoder: any Encoder) throws {
            var fields = entry.record
            fields["sequence"] = .integer(entry.sequence)
            try fields.encode(to: encoder)
        }
    }
}
