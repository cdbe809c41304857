/// The one way in: everything that records goes through here, before the effect it describes.
///
/// An intent yields a ticket, and the ticket's end is recorded whatever happens: by `close`, or as abandoned.
package struct AuditLog: Sendable {
    package let journal: Journal

    package init(journal: Journal) {
        self.journal = journal
    }

    /// Whether new work should be let in at all.
    package var state: JournalState { journal.state }

    /// Hands an intent to the journal and returns at once. When the lane is told of `tag`, call
    /// `PendingAuditTicket.confirm` with the result; only the ticket that comes back allows going on.
    package func open(_ intent: AuditRecord, lane: any JournalLane, tag: UInt64) -> PendingAuditTicket {
        journal.append(JournalEntry(intent, urgency: .now, tag: tag), lane: lane)
        return PendingAuditTicket(IntentSettlement(intent: intent, journal: journal))
    }

    /// Records an intent and returns its ticket once it is durable.
    package func open(_ intent: AuditRecord) async throws(JournalError) -> AuditTicket {
        _ = try await journal.append(intent)
        return AuditTicket(IntentSettlement(intent: intent, journal: journal))
    }

    /// Records a denial, a token exchange or the like, and returns once it is durable: only then may the reply leave.
    @discardableResult
    package func record(_ record: AuditRecord) async throws(JournalError) -> JournalReceipt {
        try await journal.append(record)
    }

    /// The same for a lane, which is told of `tag`.
    package func record(_ record: AuditRecord, lane: any JournalLane, tag: UInt64) {
        journal.append(JournalEntry(record, urgency: .now, tag: tag), lane: lane)
    }

    /// Records something that nobody waits for, within 100 ms.
    package func note(_ record: AuditRecord) {
        journal.append(record, urgency: .soon)
    }
}
