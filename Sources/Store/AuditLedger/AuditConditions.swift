import Audit
import Postgres

/// Turns a query's terms into conditions on the ledger. Values are bound; the columns are named here and nowhere else.
struct AuditConditions {
    /// What the conditions look at.
    enum View {
        /// Single records.
        case records
        /// Intents joined with what settled them: `e` and `o`.
        case entries
    }

    let view: View
    /// Mail addresses that the query names, and the users that have them.
    let actors: [String: [String]]

    func compile(_ query: AuditQuery, now: Int64) -> [SQL] {
        var conditions = query.terms.map(condition)
        if let since = query.since?.resolved(now: now) {
            conditions.append("e.at >= \(PostgresTimestamp(microsecondsSince1970: since))")
        }
        if let until = query.until?.resolved(now: now) {
            conditions.append("e.at < \(PostgresTimestamp(microsecondsSince1970: until))")
        }
        return conditions
    }

    /// A column that is NULL satisfies no match, and so every negated term.
    private func condition(_ term: AuditQuery.Term) -> SQL {
        let alternatives = columns(term.field).flatMap { column in
            term.matches.map { condition($0, on: column, isActor: term.field == .actor) }
        }
        let any = SQL.joined(alternatives, separator: " OR ")
        return term.isNegated ? "NOT coalesce(\(any), false)" : "(\(any))"
    }

    private func condition(_ match: AuditQuery.Match, on column: SQL, isActor: Bool) -> SQL {
        switch match {
        case .number(let range):
            return "\(column) BETWEEN \(range.lowerBound) AND \(range.upperBound)"
        case .pattern:
            return "\(column) LIKE \(match.likeOperand) ESCAPE '\\'"
        case .exactly(let text):
            guard isActor, let ids = actors[text] else { return "\(column) = \(text)" }
            return "\(column) = ANY(\(ids + [text]))"
        }
    }

    private func columns(_ field: AuditQuery.Field) -> [SQL] {
        switch (field, view) {
        case (.actor, _): ["e.actor_id"]
        case (.profile, _): ["e.profile"]
        case (.provider, _): ["e.provider"]
        case (.model, _): ["e.model"]
        case (.decision, _): ["e.decision"]
        case (.request, _): ["e.request_id"]
        case (.reason, .records): ["e.reason"]
        case (.reason, .entries): ["coalesce(o.reason, e.reason)"]
        case (.status, .records): ["e.status"]
        case (.status, .entries): ["coalesce(o.status, e.status)"]
        case (.kind, .records): ["e.kind"]
        case (.kind, .entries): ["e.kind", "o.kind"]
        }
    }
}
