import Synchronization

extension JournalCore {
    /// See `Journal.readDurable`. Reads without the lock, from one segment a call.
    func readDurable(after position: JournalPosition?, limit: Int) throws(JournalError) -> [JournalFrame] {
        var position = position
        while true {
            guard let (segment, from) = intake.withLock({ $0.shelf.stretch(after: position) }) else { return [] }
            let (frames, isWhole) = try read(segment, from: from, limit: limit)
            // A segment that was recycled meanwhile was released before: what follows it is what counts.
            guard intake.withLock({ $0.shelf.segment(generation: segment.generation) }) != nil else {
                position = JournalPosition(segment: segment.generation, offset: segment.end)
                continue
            }
            if frames.isEmpty, !isWhole {
                throw .damaged(
                    at: JournalPosition(segment: segment.generation, offset: from),
                    resumeAfter: JournalPosition(segment: segment.generation, offset: segment.end)
                )
            }
            return frames
        }
    }

    /// `isWhole` is false where a frame did not check or was not the expected one.
    private func read(
        _ segment: SegmentShelf.Segment,
        from: Int64,
        limit: Int
    ) throws(JournalError) -> (frames: [JournalFrame], isWhole: Bool) {
        var frames: [JournalFrame] = []
        var scanner = FrameScanner(file: segment.slot.file, from: from, limit: segment.end)
        var succession: FrameSuccession?
        if from == segment.start {
            succession = FrameSuccession(
                generation: segment.generation,
                node: node,
                incarnation: segment.incarnation,
                next: segment.firstSequence
            )
        }
        while frames.count < limit, scanner.offset < segment.end {
            guard let frame = try scanner.next() else { return (frames, false) }
            // In the middle of a segment the first frame says itself where the sequence stands.
            var expected =
                succession
                ?? FrameSuccession(
                    generation: segment.generation,
                    node: node,
                    incarnation: frame.key.incarnation,
                    next: frame.key.sequence
                )
            guard expected.accept(frame) else { return (frames, false) }
            succession = expected
            let bytes = scanner.content(of: frame)
            scanner.advance(over: frame)
            frames.append(
                JournalFrame(
                    key: frame.key,
                    organization: frame.organization,
                    bytes: bytes,
                    position: JournalPosition(segment: segment.generation, offset: scanner.offset)
                )
            )
        }
        return (frames, true)
    }
}
