import Synchronization

import struct FoundationEssentials.UUID

/// The journal's thread: takes what waits, writes it, syncs once, tells everybody. Nobody else writes frames.
struct JournalWriter {
    private let core: JournalCore
    private var slot: SegmentShelf.Slot
    private var generation: UInt64
    /// Where the next frame goes, the buffered ones counted.
    private var end: Int64
    private var nextSequence: Int64
    private var openIntents: [UUID: OpenIntent]

    /// Frames not written yet, and where they belong.
    private var buffer: [UInt8] = []
    private var bufferStart: Int64
    private var batch: [JournalIntake.Submission] = []

    init(core: JournalCore, recovered: RecoveredJournal) {
        self.core = core
        slot = recovered.active.slot
        generation = recovered.active.generation
        end = recovered.active.end
        bufferStart = end
        nextSequence = recovered.nextSequence
        openIntents = recovered.openIntents
    }

    mutating func run() {
        // What recovery left to write is due at once.
        var hasRested = true
        while true {
            switch core.intake.withLock({ $0.nextWork(hasRested: hasRested, batch: &batch) }) {
            case .commit(let pause):
                if pause > 0 { core.writerSignal.wait(milliseconds: pause) }
                commit()
                hasRested = false
            case .sleep(let milliseconds):
                core.writerSignal.wait(milliseconds: milliseconds)
                hasRested = true
            case .finish:
                finish()
                return
            }
        }
    }

    // MARK: One commit

    private mutating func commit() {
        var results: [Result<JournalReceipt, JournalError>] = []
        results.reserveCapacity(batch.count)
        /// Results from here on are promises that the next flush must keep.
        var unkept = 0
        var failure: JournalError? = core.intake.withLock { $0.isUnwritable } ? .unwritable : nil
        for submission in batch {
            if let refusal = submission.refusal ?? failure {
                results.append(.failure(refusal))
                continue
            }
            if end + FrameCodec.size(of: submission.entry) > slot.capacity {
                failure = flush() ? nil : .unwritable
                if failure != nil { Self.fail(&results, from: unkept) }
                unkept = results.count
                if failure == nil, !rotate() { failure = .full }
                if let failure {
                    results.append(.failure(failure))
                    continue
                }
            }
            results.append(.success(stage(submission.entry)))
        }
        if failure != .unwritable, !flush() { Self.fail(&results, from: unkept) }
        settle(results)
    }

    private static func fail(_ results: inout [Result<JournalReceipt, JournalError>], from index: Int) {
        for index in index..<results.count {
            if case .success = results[index] { results[index] = .failure(.unwritable) }
        }
    }

    private mutating func stage(_ entry: JournalEntry) -> JournalReceipt {
        let key = JournalKey(node: core.node, incarnation: core.incarnation, sequence: nextSequence)
        let start = end
        FrameCodec.append(entry, key: key, generation: generation, to: &buffer)
        nextSequence += 1
        end += FrameCodec.size(of: entry)
        switch entry.effect {
        case .none: break
        case .opens(let id):
            openIntents[id] = OpenIntent(
                record: id,
                organization: entry.organization,
                segment: generation,
                offset: start
            )
        case .settles(let id): openIntents[id] = nil
        }
        return JournalReceipt(record: entry.record, position: JournalPosition(segment: generation, offset: end))
    }

    /// Writes and syncs the buffer. After a failure nothing is known about what is on disk, and a second sync would
    /// say "fine" about pages that the kernel dropped: so there is no second one, the journal is unwritable.
    private mutating func flush() -> Bool {
        if buffer.isEmpty { return true }
        do {
            try core.files.writeFrames(slot.file, buffer, bufferStart)
            try core.files.synchronizeFrames(slot.file)
        } catch {
            buffer.removeAll()
            core.fail()
            return false
        }
        buffer.removeAll(keepingCapacity: true)
        bufferStart = end
        let wantsSpare = core.intake.withLock { intake in
            intake.advance(to: end)
            return intake.wantsSpareAhead(now: SystemClock.microseconds())
        }
        if wantsSpare { core.preparerSignal.signal() }
        return true
    }

    /// Tells everybody, and puts back outcomes that found no room: they are retried, not dropped.
    private mutating func settle(_ results: [Result<JournalReceipt, JournalError>]) {
        var delivery = SettlementDelivery()
        var homeless: [JournalIntake.Submission] = []
        for (submission, result) in zip(batch, results) {
            if case .failure(.full) = result, submission.refusal == nil, submission.entry.effect.usesReserve,
                case .nobody = submission.destination
            {
                homeless.append(submission)
            } else {
                delivery.add(result, of: submission.entry, to: submission.destination)
            }
        }
        batch.removeAll(keepingCapacity: true)
        if !homeless.isEmpty { core.intake.withLock { $0.takeBack(homeless) } }
        delivery.deliver()
        core.waiting.wake()
    }

    // MARK: Segments

    /// Goes on in the next segment; its header is written and synced together with its first frames. False if there
    /// is no room.
    private mutating func rotate() -> Bool {
        guard let next = core.takeRoom() else { return false }
        // The open intents must not fill the segment that carries them.
        let carriesAll = Int64(openIntents.count) * Int64(OpenIntent.byteCount) <= next.capacity / 4
        let header = SegmentHeader(
            generation: generation + 1,
            previousEnd: end,
            firstSequence: nextSequence,
            createdAt: SystemClock.microseconds(),
            node: core.node,
            incarnation: core.incarnation,
            carriesAll: carriesAll,
            openIntents: carriesAll ? Array(openIntents.values) : []
        )
        slot = next
        generation = header.generation
        end = header.byteCount
        bufferStart = 0
        buffer.append(contentsOf: header.encode())
        core.intake.withLock { $0.shelf.activate(SegmentShelf.Segment(header, in: next)) }
        return true
    }

    /// Notes the clean end, unless the end is not known to be clean.
    private mutating func finish() {
        guard !core.intake.withLock({ $0.isUnwritable }) else { return }
        let end = DirectoryIdentity.CleanEnd(
            position: JournalPosition(segment: generation, offset: end),
            nextSequence: nextSequence
        )
        let identity = DirectoryIdentity(node: core.node, incarnation: core.incarnation, cleanEnd: end)
        // Failing only means that the next opening repairs a tail that needs none.
        try? identity.save(in: core.directory)
    }
}

extension SegmentShelf.Segment {
    /// A segment that holds nothing but its header.
    init(_ header: SegmentHeader, in slot: SegmentShelf.Slot) {
        self.init(
            slot: slot,
            generation: header.generation,
            start: header.byteCount,
            end: header.byteCount,
            createdAt: header.createdAt,
            incarnation: header.incarnation,
            firstSequence: header.firstSequence
        )
    }
}
