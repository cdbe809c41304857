import Model

package import struct FoundationEssentials.UUID

/// A record made ready for the journal: encoded on the appending thread, outside any lock.
package struct JournalEntry: Sendable {
    package let record: UUID
    package let urgency: JournalUrgency
    /// The appender's own number for it; comes back in `JournalSettlement.tag`.
    package let tag: UInt64
    let organization: OrganizationID?
    let effect: FrameEffect
    let bytes: [UInt8]

    package init(_ record: AuditRecord, urgency: JournalUrgency = .now, tag: UInt64 = 0) {
        self.record = record.id
        self.urgency = urgency
        self.tag = tag
        organization = record.organization
        effect = FrameEffect(of: record)
        bytes = record.canonicalBytes
    }
}

/// What a frame does to the set of open intents, so that recovery need not parse records.
enum FrameEffect: Hashable, Sendable {
    case none
    case opens(UUID)
    case settles(UUID)

    init(of record: AuditRecord) {
        if record.kind == .relayIntent {
            self = .opens(record.id)
        } else if record.kind.settlesIntent, let intent = record.intent {
            self = .settles(intent)
        } else {
            self = .none
        }
    }

    /// Whether it may use the share of the quota that is kept for what was already let through.
    var usesReserve: Bool {
        if case .settles = self { true } else { false }
    }
}
