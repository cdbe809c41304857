package import struct FoundationEssentials.UUID

/// Proof that an intent is durable, and the duty to say how it ended. Consumed once; dropped, it records
/// `relay.abandoned`.
package struct AuditTicket: ~Copyable, Sendable {
    /// The intent's record id.
    package let intent: UUID
    /// nil once settled. (`discard self` would say it better, but does not take stored references.)
    private var settlement: IntentSettlement?

    init(_ settlement: IntentSettlement) {
        intent = settlement.intent.id
        self.settlement = settlement
    }

    deinit {
        settlement?.append(.relayAbandoned, [:])
    }

    /// Records the outcome, within 100 ms: status, tokens, bytes, `duration_ms`, `reason`. Who, where and what are
    /// copied from the intent, so that the outcome can be read by itself.
    package consuming func close(_ outcome: AuditFields) {
        settlement?.append(.relayOutcome, outcome)
        settlement = nil
    }
}

/// An intent on its way to the disk: nothing may leave yet.
package struct PendingAuditTicket: ~Copyable, Sendable {
    /// The intent's record id.
    package let intent: UUID
    private var settlement: IntentSettlement?

    init(_ settlement: IntentSettlement) {
        intent = settlement.intent.id
        self.settlement = settlement
    }

    /// Given up before its result was known: the intent may become durable all the same, so its end is recorded.
    deinit {
        settlement?.append(.relayAbandoned, ["reason": "client_gone"])
    }

    /// Turns the journal's answer for this intent into the ticket; a refusal leaves nothing to settle. The answer
    /// for another record is `unusableReceipt`, and this intent is recorded as abandoned.
    package consuming func confirm(_ result: Result<JournalReceipt, JournalError>) throws(JournalError) -> AuditTicket {
        switch result {
        case .success(let receipt):
            guard receipt.record == intent, let settlement else { throw .unusableReceipt }
            self.settlement = nil
            return AuditTicket(settlement)
        case .failure(let error):
            settlement = nil
            throw error
        }
    }
}

/// How the end of an intent is written.
struct IntentSettlement: Sendable {
    let intent: AuditRecord
    let journal: Journal

    /// What an outcome repeats from its intent, in canonical order.
    static let context = [
        "actor_id", "actor_kind", "client_address", "credential_fingerprint", "decision", "model", "operation",
        "profile", "provider", "request_id", "revision", "session", "upstream_host",
    ]

    func append(_ kind: AuditKind, _ outcome: AuditFields) {
        journal.append(Self.record(of: intent, kind: kind, outcome: outcome), urgency: .soon)
    }

    static func record(of intent: AuditRecord, kind: AuditKind, outcome: AuditFields) -> AuditRecord {
        var fields = intent.fields.selecting(context)
        fields.merge(outcome)
        return AuditRecord(kind: kind, organization: intent.organization, intent: intent.id, fields: fields)
    }
}
