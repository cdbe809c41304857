package import Audit
import FoundationEssentials
import Model
package import Postgres

/// Reads an organization's ledger, as keyreeve_audit_reader.
package struct AuditRepository: Sendable {
    private let auditReader: PostgresPool
    private let people: PeopleRepository

    /// The most elements of a page.
    package static let largestPage = 1000

    /// `people` resolves mail addresses that stand in a query: the ledger knows stable ids only.
    package init(auditReader: PostgresPool, people: PeopleRepository) {
        self.auditReader = auditReader
        self.people = people
    }

    /// Entries, each intent with its outcome. `after` is the `next` of the page before, in the same order.
    package func entries(
        _ query: AuditQuery,
        in scope: OrganizationScope,
        order: AuditOrder = .newestFirst,
        after: Int64? = nil,
        limit: Int = 100,
        now: Int64 = SystemClock.microseconds()
    ) async throws -> AuditPage<AuditEntry> {
        let conditions = AuditConditions(view: .entries, actors: try await actors(in: query, scope))
        let filter = Self.filter(conditions.compile(query, now: now), scope, order, after)
        let selection: SQL = """
            SELECT e.sequence, e.id, e.at, e.kind, o.kind AS settlement, e.actor_kind, e.actor_id, e.session,
                e.request_id, e.profile, e.provider, e.operation, e.model, e.decision,
                coalesce(o.reason, e.reason) AS reason, e.target, coalesce(o.status, e.status) AS status,
                coalesce(o.upstream_status, e.upstream_status) AS upstream_status,
                coalesce(o.input_tokens, e.input_tokens) AS input_tokens,
                coalesce(o.output_tokens, e.output_tokens) AS output_tokens,
                coalesce(o.cached_tokens, e.cached_tokens) AS cached_tokens,
                coalesce(o.request_bytes, e.request_bytes) AS request_bytes,
                coalesce(o.response_bytes, e.response_bytes) AS response_bytes,
                coalesce(o.duration_ms, e.duration_ms) AS duration_ms
            FROM audit_ledger e
            LEFT JOIN LATERAL (
                SELECT * FROM audit_ledger s
                WHERE s.organization_id = e.organization_id AND s.intent = e.id ORDER BY s.sequence LIMIT 1
            ) o ON e.kind = \(AuditKind.relayIntent.rawValue)
            WHERE (e.intent IS NULL OR e.kind <> ALL(\(Self.settlements))) AND \(filter)
            """
        return try await page(selection, scope, order, limit) {
            try AuditEntry(row: $0)
        } position: {
            $0.sequence
        }
    }

    /// The records themselves, intents and outcomes apart, as their canonical bytes.
    package func records(
        _ query: AuditQuery,
        in scope: OrganizationScope,
        order: AuditOrder = .newestFirst,
        after: Int64? = nil,
        limit: Int = 100,
        now: Int64 = SystemClock.microseconds()
    ) async throws -> AuditPage<LedgerRecord> {
        let conditions = AuditConditions(view: .records, actors: try await actors(in: query, scope))
        let filter = Self.filter(conditions.compile(query, now: now), scope, order, after)
        return try await page("SELECT e.sequence, e.record FROM audit_ledger e WHERE \(filter)", scope, order, limit) {
            LedgerRecord(sequence: try $0.get("sequence"), bytes: try $0.get("record"))
        } position: {
            $0.sequence
        }
    }

    private static let settlements = AuditKind.allCases.filter(\.settlesIntent).map(\.rawValue)

    private static func filter(
        _ conditions: [SQL],
        _ scope: OrganizationScope,
        _ order: AuditOrder,
        _ after: Int64?
    ) -> SQL {
        var all: [SQL] = ["e.organization_id = \(scope.organization)"]
        switch (order, after) {
        case (_, nil): break
        case (.newestFirst, let after?): all.append("e.sequence < \(after)")
        case (.oldestFirst, let after?): all.append("e.sequence > \(after)")
        }
        return SQL.joined(all + conditions, separator: " AND ")
    }

    /// Asks for one more than is wanted, to know whether there is a next page.
    private func page<Element: Sendable>(
        _ selection: SQL,
        _ scope: OrganizationScope,
        _ order: AuditOrder,
        _ limit: Int,
        _ element: (Row) throws -> Element,
        position: (Element) -> Int64
    ) async throws -> AuditPage<Element> {
        let limit = min(max(limit, 1), Self.largestPage)
        let direction: SQL = order == .newestFirst ? "DESC" : "ASC"
        let rows = try await auditReader.read(
            in: scope,
            "\(selection) ORDER BY e.sequence \(direction) LIMIT \(limit + 1)"
        )
        let elements = try rows.prefix(limit).map(element)
        return AuditPage(elements: elements, next: rows.count > limit ? elements.last.map(position) : nil)
    }

    /// The users behind the mail addresses that a query names. An address that nobody has matches nobody.
    private func actors(in query: AuditQuery, _ scope: OrganizationScope) async throws -> [String: [String]] {
        var actors: [String: [String]] = [:]
        for term in query.terms where term.field == .actor {
            for case .exactly(let text) in term.matches where text.contains("@") {
                actors[text] = try await people.people(withMail: text, in: scope).map(\.id.description)
            }
        }
        return actors
    }
}
