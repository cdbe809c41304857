package import FoundationEssentials
import Model
import Postgres

/// One line of the audit as people read it: who did what, when, with which decision and outcome.
///
/// An intent and the record that settles it are one entry: the outcome's figures stand beside the intent's facts. The
/// raw records stay available by `AuditRepository.records`.
package struct AuditEntry: Hashable, Sendable {
    /// Of the record, or of the intent where the entry joins two.
    package let sequence: Int64
    package let id: UUID?
    /// Microseconds since 1970, UTC.
    package let at: Int64?
    package let kind: String
    /// The kind of the record that settled it; nil while an intent is open, and for everything that is no intent.
    package let settlement: String?
    package let actorKind: String?
    package let actorID: String?
    package let session: String?
    package let requestID: String?
    package let profile: String?
    package let provider: String?
    package let operation: String?
    package let model: String?
    package let decision: String?
    package let reason: String?
    package let target: String?
    package let status: Int64?
    package let upstreamStatus: Int64?
    package let inputTokens: Int64?
    package let outputTokens: Int64?
    package let cachedTokens: Int64?
    package let requestBytes: Int64?
    package let responseBytes: Int64?
    package let durationMilliseconds: Int64?
}

/// A record as the ledger holds it: its canonical bytes are the truth.
package struct LedgerRecord: Hashable, Sendable {
    package let sequence: Int64
    package let bytes: [UInt8]
}

/// A page of the audit.
package struct AuditPage<Element: Sendable>: Sendable {
    package let elements: [Element]
    /// Give it as `after` to get the next page; nil at the end.
    package let next: Int64?
}

package enum AuditOrder: Sendable {
    case newestFirst
    case oldestFirst
}

extension AuditEntry {
    init(row: Row) throws {
        sequence = try row.get("sequence")
        id = try row.get("id")
        at = try row.get("at", as: PostgresTimestamp?.self)?.microsecondsSince1970
        kind = try row.get("kind")
        settlement = try row.get("settlement")
        actorKind = try row.get("actor_kind")
        actorID = try row.get("actor_id")
        session = try row.get("session")
        requestID = try row.get("request_id")
        profile = try row.get("profile")
        provider = try row.get("provider")
        operation = try row.get("operation")
        model = try row.get("model")
        decision = try row.get("decision")
        reason = try row.get("reason")
        target = try row.get("target")
        status = try row.get("status")
        upstreamStatus = try row.get("upstream_status")
        inputTokens = try row.get("input_tokens")
        outputTokens = try row.get("output_tokens")
        cachedTokens = try row.get("cached_tokens")
        requestBytes = try row.get("request_bytes")
        responseBytes = try row.get("response_bytes")
        durationMilliseconds = try row.get("duration_ms")
    }
}
