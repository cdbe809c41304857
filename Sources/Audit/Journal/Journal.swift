package import struct FoundationEssentials.UUID

/// The local durable file of audit records: what was acknowledged is on disk, or was never acknowledged.
///
/// One thread of its own writes: it takes everything that waits, writes it behind the last frame of a pre-written
/// segment, syncs once, and then says so to everybody at once (natural batching, no window). What does not fit the
/// quota is refused, never dropped. After a failed write or sync the journal is unwritable for good.
package final class Journal: Sendable {
    let core: JournalCore

    init(core: JournalCore) {
        self.core = core
    }

    deinit {
        core.close()
    }

    /// The directory's lasting name: first part of every key.
    package var node: UUID { core.node }
    /// This life of the directory.
    package var incarnation: UUID { core.incarnation }
    /// What can be taken right now.
    package var state: JournalState { core.state }
    /// The end of what is durable; nil while nothing is.
    package var durable: JournalPosition? { core.durable }
    /// Where the shipper got to; survives a restart. nil: everything retained is to be shipped.
    package var released: JournalPosition? { core.released }
    /// Bytes not yet released, and the quota, for metrics and readiness.
    package var usage: (unreleasedBytes: Int64, quotaBytes: Int64) { core.usage }

    /// Records that nobody waited for and that found no room, for metrics; an intent whose outcome was among them is
    /// settled as unknown when the journal is opened the next time.
    package var refusedSilently: Int64 { core.refusedSilently }

    /// Opens or makes the journal in `directory` (0700), repairs its tail, and closes what a crash left open: every
    /// intent without an outcome gets `outcome.unknown` before anything else is written.
    ///
    /// - Throws: `alreadyOpen` while another process, or another `Journal` of this one, holds the directory.
    package static func open(
        directory: String,
        settings: JournalSettings = JournalSettings(),
        files: FileOperations = .system
    ) throws(JournalError) -> Journal {
        Journal(core: try JournalCore.open(directory: directory, settings: settings, files: files))
    }

    /// Appends a record; `then` is called once, on the journal's thread, when it is durable or was refused. All
    /// calls of one commit come back to back. Be quick there and never block.
    package func append(
        _ record: AuditRecord,
        urgency: JournalUrgency = .now,
        then: @escaping @Sendable (Result<JournalReceipt, JournalError>) -> Void
    ) {
        core.append(JournalEntry(record, urgency: urgency), to: .callback(then))
    }

    /// Appends a record whose fate nobody waits for; a refusal is only counted.
    package func append(_ record: AuditRecord, urgency: JournalUrgency = .soon) {
        core.append(JournalEntry(record, urgency: urgency), to: .nobody)
    }

    /// Appends a record for a lane, which is told of it under `entry.tag`.
    package func append(_ entry: JournalEntry, lane: any JournalLane) {
        core.append(entry, to: .lane(lane))
    }

    /// Appends several records for a lane under one lock: an event loop's whole tick.
    package func append(_ entries: [JournalEntry], lane: any JournalLane) {
        core.append(entries, lane: lane)
    }

    /// Appends a record and returns when it is durable: milliseconds, longer only while throttled. Not cancellable,
    /// since a record that was handed over will be written.
    package func append(_ record: AuditRecord) async throws(JournalError) -> JournalReceipt {
        let result = await withCheckedContinuation { continuation in
            append(record) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Durable frames behind `position`, oldest first; from the oldest retained one if nil. Empty: nothing new.
    ///
    /// - Throws: `damaged` when frames that were durable do not check any more.
    package func readDurable(after position: JournalPosition?, limit: Int) throws(JournalError) -> [JournalFrame] {
        try core.readDurable(after: position, limit: limit)
    }

    /// Says that everything up to here is safe in Postgres. Segments wholly behind it are kept for the retention
    /// time, as the quota allows, and then recycled. Going back is ignored.
    package func release(through position: JournalPosition) {
        core.release(through: position)
    }

    /// Forgets the release: for a database that turned out to be another one, or to have lost its end. Everything
    /// retained is to be shipped again, and counts against the quota until then.
    package func forgetRelease() {
        core.forgetRelease()
    }

    /// Returns true as soon as something behind `position` is durable, false at the timeout, on cancellation and
    /// when the journal is closed. It wakes for every commit: a shipper waits some milliseconds more, and batches.
    package func waitForDurable(after position: JournalPosition?, timeout: Duration) async -> Bool {
        await core.waiting.wait(timeout: timeout) { [core] in
            let state = core.state
            if let durable = core.durable, position.map({ durable > $0 }) ?? true { return true }
            return state == .closed ? false : nil
        }
    }

    /// Returns when the journal has become unwritable or was closed, or on cancellation: the process should then
    /// drain and exit.
    package func waitForEnd() async -> JournalState {
        _ = await core.ending.wait(timeout: nil) { [core] in
            let state = core.state
            return state == .unwritable || state == .closed ? true : nil
        }
        return core.state
    }

    /// Writes what waits, notes the clean end, and gives the directory back. Blocks for a commit; later appends are
    /// refused. Not from a callback of the journal.
    package func close() {
        core.close()
    }
}
