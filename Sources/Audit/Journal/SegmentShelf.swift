import struct FoundationEssentials.UUID

/// Which file holds which segment, which are spare, and how full that makes the journal. A value: it decides, the
/// journal's threads act.
struct SegmentShelf: Sendable {
    /// A pre-written file, whatever is in it. The numbers are dense from 0.
    struct Slot: Sendable {
        let number: Int
        let file: PosixFile
        let capacity: Int64

        static func fileName(_ number: Int) -> String { "segment-\(number)" }
    }

    /// A file in use.
    struct Segment: Sendable {
        let slot: Slot
        let generation: UInt64
        /// Where its frames begin, and where the durable ones end.
        let start: Int64
        var end: Int64
        let createdAt: Int64
        let incarnation: UUID
        let firstSequence: Int64
    }

    enum Spare {
        case use(Slot)
        /// None is at hand, and the quota allows to make this one.
        case make(number: Int)
        case full
    }

    private(set) var segments: [Segment]
    private(set) var spares: [Slot]
    private(set) var released: JournalPosition?
    private(set) var unreleasedBytes: Int64 = 0
    private let settings: JournalSettings
    private var slotBytes: Int64
    private var slotCount: Int

    /// - Parameter segments: oldest first, generations without a gap, the last one active.
    init(segments: [Segment], spares: [Slot], released: JournalPosition?, settings: JournalSettings) {
        self.segments = segments
        self.spares = spares
        self.settings = settings
        slotCount = segments.count + spares.count
        slotBytes = segments.reduce(0) { $0 + $1.slot.capacity } + spares.reduce(0) { $0 + $1.capacity }
        // A cursor that points behind the end is from another life of this directory: rather ship again.
        if let released, let end = durableEnd, released <= end { self.released = released }
        count()
    }

    /// The end of the last durable frame; nil while there is none.
    var durableEnd: JournalPosition? {
        segments.last { $0.end > $0.start }.map { JournalPosition(segment: $0.generation, offset: $0.end) }
    }

    /// Takes the next file to write to: a spare; a released segment past its retention; a new file, as the quota
    /// allows; the oldest released segment before its time.
    mutating func takeSpare(now: Int64) -> Spare {
        if let spare = spares.popLast() { return .use(spare) }
        if oldestIsReleased, oldestIsExpired(now: now) { return .use(segments.removeFirst().slot) }
        if slotBytes + settings.segmentBytes <= settings.quotaBytes { return .make(number: slotCount) }
        if oldestIsReleased { return .use(segments.removeFirst().slot) }
        return .full
    }

    /// Whether a spare should be made ahead of its need: the active segment is half full, and none would be at hand.
    func wantsSpare(now: Int64) -> Bool {
        guard let active = segments.last, spares.isEmpty, active.end > active.slot.capacity / 2 else { return false }
        if oldestIsReleased, oldestIsExpired(now: now) { return false }
        return slotBytes + settings.segmentBytes <= settings.quotaBytes
    }

    var nextSlotNumber: Int { slotCount }

    mutating func add(spare: Slot) {
        spares.append(spare)
        slotCount += 1
        slotBytes += spare.capacity
    }

    mutating func activate(_ segment: Segment) {
        segments.append(segment)
        count()
    }

    /// Frames of the active segment up to `offset` are durable now.
    mutating func advance(to offset: Int64) {
        guard let last = segments.indices.last, offset > segments[last].end else { return }
        segments[last].end = offset
        count()
    }

    /// True if that moved the release forward.
    mutating func release(through position: JournalPosition) -> Bool {
        guard let end = durableEnd else { return false }
        let target = min(position, end)
        if let released, target <= released { return false }
        released = target
        count()
        return true
    }

    /// Everything retained counts as not shipped again.
    mutating func forgetRelease() {
        released = nil
        count()
    }

    /// The first stretch of durable frames behind `position`.
    func stretch(after position: JournalPosition?) -> (segment: Segment, from: Int64)? {
        for segment in segments where segment.end > segment.start {
            guard let position, position.segment >= segment.generation else { return (segment, segment.start) }
            guard position.segment == segment.generation else { continue }
            let from = max(segment.start, position.offset)
            if from < segment.end { return (segment, from) }
        }
        return nil
    }

    func segment(generation: UInt64) -> Segment? {
        segments.first { $0.generation == generation }
    }

    private var oldestIsReleased: Bool {
        guard segments.count > 1, let oldest = segments.first, let released else { return false }
        return released >= JournalPosition(segment: oldest.generation, offset: oldest.end)
    }

    private func oldestIsExpired(now: Int64) -> Bool {
        guard let successor = segments.dropFirst().first else { return false }
        return now - successor.createdAt >= settings.retention.wholeMicroseconds
    }

    /// A segment that is not the active one counts as a whole, since nothing more fits into it.
    private mutating func count() {
        var bytes: Int64 = 0
        for (index, segment) in segments.enumerated() {
            let end = JournalPosition(segment: segment.generation, offset: segment.end)
            if let released, released >= end { continue }
            if index < segments.count - 1 {
                bytes += segment.slot.capacity
            } else if let released, released.segment == segment.generation {
                bytes += segment.end - max(segment.start, released.offset)
            } else {
                bytes += segment.end - segment.start
            }
        }
        unreleasedBytes = bytes
    }
}

extension Duration {
    /// Whole microseconds, cut to what an integer holds.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let sum = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return sum.overflow ? product : sum.partialValue
    }
}
