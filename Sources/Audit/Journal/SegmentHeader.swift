import Model

import struct FoundationEssentials.UUID

/// What stands at the start of a segment in use. Integers little-endian; frames begin behind it, at `byteCount`.
///
/// It carries the intents that were open when the segment began, so that recovery reads one segment and not all.
struct SegmentHeader: Hashable, Sendable {
    static let fixedBytes = 96
    private static let magic = Array("KRVJRNL1".utf8)

    /// Counts up with every segment that is taken into use.
    var generation: UInt64
    /// Where the frames of the segment before it end.
    var previousEnd: Int64
    /// The sequence of the first frame.
    var firstSequence: Int64
    /// Microseconds since 1970, UTC.
    var createdAt: Int64
    var node: UUID
    var incarnation: UUID
    /// False if there were too many open intents to carry: the segment before must be read too.
    var carriesAll: Bool
    var openIntents: [OpenIntent]

    var byteCount: Int64 { Int64(Self.fixedBytes + openIntents.count * OpenIntent.byteCount) }

    func encode() -> [UInt8] {
        var bytes = Self.magic
        bytes.appendInteger(0 as UInt32)
        bytes.appendInteger(UInt32(truncatingIfNeeded: openIntents.count))
        bytes.appendInteger(generation)
        bytes.appendInteger(previousEnd)
        bytes.appendInteger(firstSequence)
        bytes.appendInteger(createdAt)
        bytes.appendIdentifier(node)
        bytes.appendIdentifier(incarnation)
        bytes.appendInteger(carriesAll ? 1 : 0 as UInt64)
        bytes.appendInteger(0 as UInt64)
        for intent in openIntents { intent.append(to: &bytes) }
        bytes.overwrite(CRC32C.checksum(bytes, from: 12, to: bytes.count), at: 8)
        return bytes
    }

    /// How many bytes to read for a whole header, from its first `fixedBytes`; nil if there is none.
    static func byteCount(from bytes: [UInt8]) -> Int64? {
        guard bytes.starts(with: magic), let count = bytes.integer(UInt32.self, at: 12) else { return nil }
        return Int64(fixedBytes) + Int64(count) * Int64(OpenIntent.byteCount)
    }

    init?(decoding bytes: [UInt8]) {
        guard let byteCount = Self.byteCount(from: bytes), bytes.count == byteCount,
            bytes.integer(UInt32.self, at: 8) == CRC32C.checksum(bytes, from: 12, to: bytes.count),
            let generation = bytes.integer(UInt64.self, at: 16),
            let previousEnd = bytes.integer(Int64.self, at: 24),
            let firstSequence = bytes.integer(Int64.self, at: 32),
            let createdAt = bytes.integer(Int64.self, at: 40),
            let node = UUID(octets: bytes, at: 48),
            let incarnation = UUID(octets: bytes, at: 64),
            let carriesAll = bytes.integer(UInt64.self, at: 80)
        else { return nil }
        self.init(
            generation: generation,
            previousEnd: previousEnd,
            firstSequence: firstSequence,
            createdAt: createdAt,
            node: node,
            incarnation: incarnation,
            carriesAll: carriesAll == 1,
            openIntents: stride(from: Self.fixedBytes, to: bytes.count, by: OpenIntent.byteCount).compactMap {
                OpenIntent(decoding: bytes, at: $0)
            }
        )
    }

    init(
        generation: UInt64,
        previousEnd: Int64,
        firstSequence: Int64,
        createdAt: Int64,
        node: UUID,
        incarnation: UUID,
        carriesAll: Bool,
        openIntents: [OpenIntent]
    ) {
        self.generation = generation
        self.previousEnd = previousEnd
        self.firstSequence = firstSequence
        self.createdAt = createdAt
        self.node = node
        self.incarnation = incarnation
        self.carriesAll = carriesAll
        self.openIntents = openIntents
    }
}

/// An intent without an outcome so far, and where its frame begins.
struct OpenIntent: Hashable, Sendable {
    static let byteCount = 48

    let record: UUID
    let organization: OrganizationID?
    let segment: UInt64
    let offset: Int64

    func append(to bytes: inout [UInt8]) {
        bytes.appendIdentifier(record)
        bytes.appendIdentifier(organization?.uuid ?? .zero)
        bytes.appendInteger(segment)
        bytes.appendInteger(offset)
    }

    init(record: UUID, organization: OrganizationID?, segment: UInt64, offset: Int64) {
        self.record = record
        self.organization = organization
        self.segment = segment
        self.offset = offset
    }

    init?(decoding bytes: [UInt8], at index: Int) {
        guard let record = UUID(octets: bytes, at: index),
            let organization = UUID(octets: bytes, at: index + 16),
            let segment = bytes.integer(UInt64.self, at: index + 32),
            let offset = bytes.integer(Int64.self, at: index + 40)
        else { return nil }
        self.init(
            record: record,
            organization: organization.isZero ? nil : OrganizationID(organization),
            segment: segment,
            offset: offset
        )
    }
}
