package import struct FoundationEssentials.UUID

/// Where the journal reports what became of records: a relay makes one for each of its event loops.
///
/// All of a lane's entries in one commit come in one call, so that the lane can hop to its event loop once per commit
/// and not once per record.
package protocol JournalLane: AnyObject, Sendable {
    /// Called on the journal's thread, in the order of appending. Be quick, never block, never call `Journal.close`.
    /// An entry that was refused comes here too. After `Journal.close` it is called on the appending thread.
    func journalDidSettle(_ settlements: [JournalSettlement])
}

/// What became of one entry.
package struct JournalSettlement: Sendable {
    /// The number that the entry was appended with.
    package let tag: UInt64
    package let result: Result<JournalReceipt, JournalError>
}

/// Proof that a record is durable. Only the journal makes one.
package struct JournalReceipt: Hashable, Sendable {
    package let record: UUID
    package let position: JournalPosition

    init(record: UUID, position: JournalPosition) {
        self.record = record
        self.position = position
    }
}

/// How soon a record must be durable.
package enum JournalUrgency: Sendable {
    /// Commit at once: somebody waits.
    case now
    /// Ride on the next commit, at latest `JournalSettings.settlementDelay` from now.
    case soon
}
