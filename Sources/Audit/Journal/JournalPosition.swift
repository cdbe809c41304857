package import Model

package import struct FoundationEssentials.UUID

/// A place in the journal: just behind a frame. Ordered, and meaningful within one journal directory only.
package struct JournalPosition: Hashable, Sendable, Comparable {
    /// The generation of the segment.
    package let segment: UInt64
    /// Bytes from the segment's start.
    package let offset: Int64

    package init(segment: UInt64, offset: Int64) {
        self.segment = segment
        self.offset = offset
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}

/// What names a frame everywhere and for ever; the intake's primary key.
package struct JournalKey: Hashable, Sendable {
    /// The journal directory, made once.
    package let node: UUID
    /// One life of that directory: random, made anew whenever its tail had to be repaired.
    package let incarnation: UUID
    /// Dense from 1 within an incarnation.
    package let sequence: Int64

    package init(node: UUID, incarnation: UUID, sequence: Int64) {
        self.node = node
        self.incarnation = incarnation
        self.sequence = sequence
    }
}

/// A durable record as the shipper reads it.
package struct JournalFrame: Hashable, Sendable {
    package let key: JournalKey
    /// nil is the platform's.
    package let organization: OrganizationID?
    /// The record's canonical bytes.
    package let bytes: [UInt8]
    /// Just behind this frame: pass it to `readDurable(after:)` and `release(through:)`.
    package let position: JournalPosition
}
