import Model

import struct FoundationEssentials.UUID

/// One record in a segment: a header of 112 bytes, then the canonical bytes. All integers are little-endian.
///
/// ```
///   0  u32       length of the canonical bytes
///   4  u32       CRC32C of the length and of everything from 8 on
///   8  u64       generation of the segment
///  16  i64       sequence
///  24  16 bytes  node
///  40  16 bytes  incarnation
///  56  16 bytes  organization; zero is the platform
///  72  16 bytes  record
///  88  16 bytes  the intent that it settles, or its own id if it opens one, or zero
/// 104  u8        effect: 0 none, 1 opens, 2 settles
/// 105  7 zero bytes
/// 112  canonical bytes
/// ```
///
/// Key and generation stand in every frame, so that nothing left over from an earlier use of the segment, or from an
/// unfinished commit of an earlier incarnation, can pass for the next one.
enum FrameCodec {
    static let headerBytes = 112
    static let largestBytes = headerBytes + JournalSettings.maximumRecordBytes

    static func size(of entry: JournalEntry) -> Int64 {
        Int64(headerBytes + entry.bytes.count)
    }

    static func append(_ entry: JournalEntry, key: JournalKey, generation: UInt64, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.appendInteger(UInt32(truncatingIfNeeded: entry.bytes.count))
        bytes.appendInteger(0 as UInt32)
        bytes.appendInteger(generation)
        bytes.appendInteger(key.sequence)
        bytes.appendIdentifier(key.node)
        bytes.appendIdentifier(key.incarnation)
        bytes.appendIdentifier(entry.organization?.uuid ?? .zero)
        bytes.appendIdentifier(entry.record)
        switch entry.effect {
        case .none:
            bytes.appendIdentifier(.zero)
            bytes.append(0)
        case .opens(let id):
            bytes.appendIdentifier(id)
            bytes.append(1)
        case .settles(let id):
            bytes.appendIdentifier(id)
            bytes.append(2)
        }
        for _ in 0..<7 { bytes.append(0) }
        bytes.append(contentsOf: entry.bytes)
        bytes.overwrite(checksum(bytes, from: start, to: bytes.count), at: start + 4)
    }

    /// Reads the frame at `index`; nil if there is no whole and sound one.
    static func decode(_ bytes: [UInt8], at index: Int) -> DecodedFrame? {
        guard let length = bytes.integer(UInt32.self, at: index), length <= JournalSettings.maximumRecordBytes,
            bytes.count - index >= headerBytes + Int(length),
            let expected = bytes.integer(UInt32.self, at: index + 4),
            expected == checksum(bytes, from: index, to: index + headerBytes + Int(length)),
            let generation = bytes.integer(UInt64.self, at: index + 8),
            let sequence = bytes.integer(Int64.self, at: index + 16),
            let node = UUID(octets: bytes, at: index + 24),
            let incarnation = UUID(octets: bytes, at: index + 40),
            let organization = UUID(octets: bytes, at: index + 56),
            let subject = UUID(octets: bytes, at: index + 88)
        else { return nil }
        let effect: FrameEffect
        switch bytes[index + 104] {
        case 0: effect = .none
        case 1: effect = .opens(subject)
        case 2: effect = .settles(subject)
        default: return nil
        }
        return DecodedFrame(
            key: JournalKey(node: node, incarnation: incarnation, sequence: sequence),
            generation: generation,
            organization: organization.isZero ? nil : OrganizationID(organization),
            effect: effect,
            content: index + headerBytes..<index + headerBytes + Int(length)
        )
    }

    /// Of everything but the checksum itself. The length is mixed in last, so that a frame whose length alone is
    /// damaged does not pass either.
    private static func checksum(_ bytes: [UInt8], from start: Int, to end: Int) -> UInt32 {
        let length = UInt32(truncatingIfNeeded: end - start - headerBytes)
        return CRC32C.checksum(bytes, from: start + 8, to: end) ^ (length &* 0x9E37_79B1)
    }
}

/// A sound frame; whether it is the expected one is the reader's question.
struct DecodedFrame {
    let key: JournalKey
    let generation: UInt64
    let organization: OrganizationID?
    let effect: FrameEffect
    /// Where its canonical bytes are in the array that it was decoded from.
    let content: Range<Int>

    var bytes: Int { FrameCodec.headerBytes + content.count }
}

/// Which frame may come next in a segment.
struct FrameSuccession {
    let generation: UInt64
    let node: UUID
    private(set) var incarnation: UUID
    /// The sequence that the next frame of this incarnation has.
    private(set) var next: Int64

    init(generation: UInt64, node: UUID, incarnation: UUID, next: Int64) {
        self.generation = generation
        self.node = node
        self.incarnation = incarnation
        self.next = next
    }

    /// Takes the frame if it is the next of its incarnation, or the first of a new one; false ends the segment.
    mutating func accept(_ frame: DecodedFrame) -> Bool {
        guard frame.generation == generation, frame.key.node == node else { return false }
        if frame.key.incarnation == incarnation {
            guard frame.key.sequence == next else { return false }
        } else {
            guard frame.key.sequence == 1 else { return false }
            incarnation = frame.key.incarnation
        }
        next = frame.key.sequence &+ 1
        return true
    }
}
