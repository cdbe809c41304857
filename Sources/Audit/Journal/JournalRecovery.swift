import Model

import struct FoundationEssentials.UUID

/// What opening found, and what is to be written first.
struct RecoveredJournal: Sendable {
    let identity: DirectoryIdentity
    let shelf: SegmentShelf
    let active: SegmentShelf.Segment
    let nextSequence: Int64
    let openIntents: [UUID: OpenIntent]
    let entries: [JournalEntry]
}

/// Opens a journal directory: finds the segments in use, reads the last one up to the first frame that is not the
/// next, and repairs what comes behind by beginning a new incarnation there.
struct JournalRecovery {
    let directory: PosixFile
    let settings: JournalSettings
    let files: FileOperations
    let released: JournalPosition?

    func run() throws(JournalError) -> RecoveredJournal {
        let found = try findSegments()
        guard let identity = try DirectoryIdentity.load(from: directory) else {
            guard found.used.isEmpty else {
                throw .unusableDirectory("The journal has segments but no identity file; restore it or move them away.")
            }
            return try begin(node: UUID(), spares: found.spares)
        }
        guard let last = found.used.last else { return try begin(node: identity.node, spares: found.spares) }
        guard last.header.node == identity.node else {
            throw .unusableDirectory("The journal's segments belong to another node than its identity file says.")
        }
        return try resume(identity, found, last)
    }

    // MARK: Finding

    private struct FoundSegment {
        let slot: SegmentShelf.Slot
        let header: SegmentHeader
    }

    /// In use are the segments with the highest generations without a gap; everything else is spare.
    private func findSegments() throws(JournalError) -> (used: [FoundSegment], spares: [SegmentShelf.Slot]) {
        var spares: [SegmentShelf.Slot] = []
        var headed: [FoundSegment] = []
        var number = 0
        while let file = try directory.openFile(SegmentShelf.Slot.fileName(number)) {
            let slot = SegmentShelf.Slot(number: number, file: file, capacity: try file.size())
            if let header = try Self.readHeader(of: slot) {
                headed.append(FoundSegment(slot: slot, header: header))
            } else {
                spares.append(slot)
            }
            number += 1
        }
        headed.sort { $0.header.generation > $1.header.generation }
        var used: [FoundSegment] = []
        for segment in headed {
            if let next = used.last, segment.header.generation &+ 1 != next.header.generation {
                spares.append(segment.slot)
            } else {
                used.append(segment)
            }
        }
        return (used.reversed(), spares)
    }

    private static func readHeader(of slot: SegmentShelf.Slot) throws(JournalError) -> SegmentHeader? {
        let beginning = try slot.file.read(SegmentHeader.fixedBytes, at: 0)
        guard let count = SegmentHeader.byteCount(from: beginning), count <= slot.capacity else { return nil }
        return SegmentHeader(decoding: try slot.file.read(Int(count), at: 0))
    }

    // MARK: Beginning

    /// A directory without a segment in use. The incarnation is always new: nobody knows what was here before.
    private func begin(node: UUID, spares: [SegmentShelf.Slot]) throws(JournalError) -> RecoveredJournal {
        let identity = DirectoryIdentity(node: node, incarnation: UUID(), cleanEnd: nil)
        try identity.save(in: directory)
        var spares = spares
        let slot: SegmentShelf.Slot
        if let spare = spares.popLast() {
            slot = spare
        } else {
            slot = try SegmentPreparation(directory: directory, files: files)
                .make(number: 0, bytes: settings.segmentBytes)
        }
        let header = SegmentHeader(
            // Ahead of any release that is still noted from before.
            generation: (released?.segment ?? 0) + 1,
            previousEnd: 0,
            firstSequence: 1,
            createdAt: SystemClock.microseconds(),
            node: identity.node,
            incarnation: identity.incarnation,
            carriesAll: true,
            openIntents: []
        )
        try slot.file.write(header.encode(), at: 0)
        try slot.file.synchronizeData()
        let active = SegmentShelf.Segment(header, in: slot)
        return RecoveredJournal(
            identity: identity,
            shelf: SegmentShelf(segments: [active], spares: spares, released: nil, settings: settings),
            active: active,
            nextSequence: 1,
            openIntents: [:],
            entries: []
        )
    }

    // MARK: Resuming

    private func resume(
        _ identity: DirectoryIdentity,
        _ found: (used: [FoundSegment], spares: [SegmentShelf.Slot]),
        _ last: FoundSegment
    ) throws(JournalError) -> RecoveredJournal {
        var openIntents: [UUID: OpenIntent] = [:]
        var tail = FrameSuccession(last.header)
        var segments: [SegmentShelf.Segment] = []
        let firstToRead = found.used.lastIndex { $0.header.carriesAll } ?? 0
        for (index, segment) in found.used.enumerated() {
            var shelved = SegmentShelf.Segment(segment.header, in: segment.slot)
            let successor = index + 1 < found.used.count ? found.used[index + 1] : nil
            let end = successor?.header.previousEnd ?? shelved.slot.capacity
            shelved.end = min(max(end, shelved.start), shelved.slot.capacity)
            if index >= firstToRead {
                if segment.header.carriesAll {
                    openIntents = [:]
                    for intent in segment.header.openIntents { openIntents[intent.record] = intent }
                }
                let (end, succession) = try replay(shelved, segment.header, into: &openIntents)
                if successor == nil {
                    shelved.end = end
                    tail = succession
                }
            }
            segments.append(shelved)
        }
        guard let active = segments.last else { return try begin(node: identity.node, spares: found.spares) }
        let end = JournalPosition(segment: active.generation, offset: active.end)
        let shelf = SegmentShelf(segments: segments, spares: found.spares, released: released, settings: settings)

        var resumed = identity
        resumed.cleanEnd = nil
        var entries: [JournalEntry] = []
        let wasClosed =
            identity.cleanEnd == .init(position: end, nextSequence: tail.next)
            && identity.incarnation == tail.incarnation
        if !wasClosed {
            resumed.incarnation = UUID()
            try rewriteTail(of: active)
            entries.append(JournalEntry(recoveryRecord(tail, openIntents: openIntents.count), urgency: .now))
        }
        try resumed.save(in: directory)
        let inOrder = openIntents.values.sorted { ($0.segment, $0.offset) < ($1.segment, $1.offset) }
        for intent in inOrder {
            entries.append(JournalEntry(try unknownOutcome(of: intent, shelf: shelf), urgency: .now))
        }
        return RecoveredJournal(
            identity: resumed,
            shelf: shelf,
            active: active,
            nextSequence: wasClosed ? tail.next : 1,
            openIntents: openIntents,
            entries: entries
        )
    }

    /// Reads a segment's frames; returns where the last one that may stand there ends.
    private func replay(
        _ segment: SegmentShelf.Segment,
        _ header: SegmentHeader,
        into openIntents: inout [UUID: OpenIntent]
    ) throws(JournalError) -> (end: Int64, succession: FrameSuccession) {
        var succession = FrameSuccession(header)
        var scanner = FrameScanner(file: segment.slot.file, from: segment.start, limit: segment.end)
        while let frame = try scanner.next(), succession.accept(frame) {
            switch frame.effect {
            case .none: break
            case .opens(let id):
                openIntents[id] = OpenIntent(
                    record: id,
                    organization: frame.organization,
                    segment: segment.generation,
                    offset: scanner.offset
                )
            case .settles(let id): openIntents[id] = nil
            }
            scanner.advance(over: frame)
        }
        return (scanner.offset, succession)
    }

    /// Writes again what the last commits wrote, and syncs it. What was read may stand in the page cache only, marked
    /// clean after a sync that failed in the process before: then only writing it anew brings it to the disk.
    private func rewriteTail(of segment: SegmentShelf.Segment) throws(JournalError) {
        let start = max(0, segment.end - 2 * JournalIntake.batchBytes)
        let bytes = try segment.slot.file.read(Int(segment.end - start), at: start)
        try segment.slot.file.write(bytes, at: start)
        try segment.slot.file.synchronizeData()
    }

    // MARK: What is recorded about it

    private func recoveryRecord(_ tail: FrameSuccession, openIntents: Int) -> AuditRecord {
        AuditRecord(
            kind: .journalRecovered,
            organization: nil,
            fields: [
                "last_sequence": .integer(tail.next - 1),
                "node": .string(tail.node.uuidString.lowercased()),
                "open_intents": .integer(Int64(openIntents)),
                "previous_incarnation": .string(tail.incarnation.uuidString.lowercased()),
            ]
        )
    }

    /// With who, where and what of the intent, if its segment is still here.
    private func unknownOutcome(of open: OpenIntent, shelf: SegmentShelf) throws(JournalError) -> AuditRecord {
        if let segment = shelf.segment(generation: open.segment), open.offset < segment.end {
            var scanner = FrameScanner(
                file: segment.slot.file,
                from: open.offset,
                limit: segment.end,
                pieceBytes: 2 << 10
            )
            if let frame = try scanner.next(), frame.effect == .opens(open.record),
                let intent = AuditRecord(canonicalBytes: scanner.content(of: frame))
            {
                return IntentSettlement.record(of: intent, kind: .outcomeUnknown, outcome: [:])
            }
        }
        return AuditRecord(kind: .outcomeUnknown, organization: open.organization, intent: open.record)
    }
}

extension FrameSuccession {
    /// What may come first behind this header.
    init(_ header: SegmentHeader) {
        self.init(
            generation: header.generation,
            node: header.node,
            incarnation: header.incarnation,
            next: header.firstSequence
        )
    }
}
