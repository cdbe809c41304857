/// What the threads of a journal share, behind one lock: what waits to be written, the shelf of segments, and whether
/// anything can still be taken. A value whose methods say what to do next.
struct JournalIntake: Sendable {
    /// A record on its way, and who wants to know.
    struct Submission: Sendable {
        let entry: JournalEntry
        let destination: Destination
        /// Set if it was refused on arrival; it then only travels to be answered.
        let refusal: JournalError?
    }

    enum Destination: Sendable {
        case lane(any JournalLane)
        case callback(@Sendable (Result<JournalReceipt, JournalError>) -> Void)
        case nobody
    }

    enum Arrival {
        /// The writer will see it.
        case taken
        /// The writer sleeps and must be woken.
        case takenWhileAsleep
        /// The journal is closed: answer on the spot.
        case closed
    }

    enum Work {
        /// `batch` was filled. Hold the commit back so long first.
        case commit(pauseMilliseconds: Int32)
        /// Sleep; nil until woken.
        case sleep(milliseconds: Int32?)
        case finish
    }

    /// Whether, and how lightly, the writer sleeps.
    private enum Sleep {
        case awake
        /// Wakes by itself within the settlement delay; only urgent records wake it before.
        case light
        case deep
    }

    /// The most that one commit writes; also how far back an unfinished commit can reach.
    static let batchBytes: Int64 = 4 << 20

    var shelf: SegmentShelf
    private(set) var isClosing = false
    private(set) var isUnwritable = false
    /// Records that nobody waited for and that found no room.
    private(set) var refusedSilently: Int64 = 0

    private let settings: JournalSettings
    private var pending: [Submission] = []
    private var pendingBytes: Int64 = 0
    private var hasUrgent = false
    private var sleep = Sleep.awake
    /// Set when no new segment could be had; monotonic nanoseconds of the next attempt.
    private var retryAt: Int64?

    init(shelf: SegmentShelf, settings: JournalSettings) {
        self.shelf = shelf
        self.settings = settings
    }

    var usedBytes: Int64 { shelf.unreleasedBytes + pendingBytes }

    var state: JournalState {
        if isUnwritable { return .unwritable }
        if isClosing { return .closed }
        let used = usedBytes
        if used >= settings.admissionBytes || isOutOfRoom { return .full }
        return used >= settings.quotaBytes / 100 * JournalSettings.throttlePercent ? .throttled : .writable
    }

    // MARK: Arriving

    mutating func take(_ entry: JournalEntry, to destination: Destination) -> Arrival {
        if isClosing { return .closed }
        let refusal = refusal(of: entry)
        if refusal != nil, case .nobody = destination {
            refusedSilently += 1
            return .taken
        }
        enqueue(Submission(entry: entry, destination: destination, refusal: refusal))
        let isUrgent = entry.urgency == .now || refusal != nil
        if isUrgent { hasUrgent = true }
        guard sleep == .deep || (sleep == .light && isUrgent) else { return .taken }
        sleep = .awake
        return .takenWhileAsleep
    }

    /// Puts back what found no room but must not be lost; it goes first, and is tried again without urgency. While
    /// closing there is no again: an intent whose outcome is lost here gets its unknown outcome at the next opening.
    mutating func takeBack(_ submissions: [Submission]) {
        if isClosing {
            refusedSilently += Int64(submissions.count)
            return
        }
        pending.insert(contentsOf: submissions, at: 0)
        for submission in submissions { pendingBytes += FrameCodec.size(of: submission.entry) }
    }

    private mutating func enqueue(_ submission: Submission) {
        pending.append(submission)
        if submission.refusal == nil { pendingBytes += FrameCodec.size(of: submission.entry) }
    }

    private func refusal(of entry: JournalEntry) -> JournalError? {
        if isUnwritable { return .unwritable }
        guard entry.bytes.count <= JournalSettings.maximumRecordBytes else {
            return .recordTooLarge(count: entry.bytes.count)
        }
        // What ends something that was let through, and what the platform sums up, may use the last share.
        let usesReserve = entry.effect.usesReserve || entry.organization == nil
        if !usesReserve, isOutOfRoom { return .full }
        let limit = usesReserve ? settings.quotaBytes : settings.admissionBytes
        let size = FrameCodec.size(of: entry)
        return usedBytes + size > limit || pendingBytes + size > JournalSettings.waitingBytes ? .full : nil
    }

    // MARK: Writing

    /// What the writer does next. `hasRested`: it slept since its last commit, so what is not urgent is due too.
    mutating func nextWork(hasRested: Bool, batch: inout [Submission]) -> Work {
        if !pending.isEmpty, hasUrgent || hasRested || isClosing {
            sleep = .awake
            let pause = isClosing ? 0 : settings.commitPauseMilliseconds(usedBytes: usedBytes)
            moveBatch(to: &batch)
            return .commit(pauseMilliseconds: pause)
        }
        if isClosing { return .finish }
        if hasRested {
            sleep = .deep
            return .sleep(milliseconds: nil)
        }
        sleep = .light
        return .sleep(milliseconds: Int32(clamping: settings.settlementDelay.wholeMicroseconds / 1000))
    }

    /// Moves up to `batchBytes` of what waits.
    private mutating func moveBatch(to batch: inout [Submission]) {
        if pendingBytes <= Self.batchBytes {
            swap(&pending, &batch)
            pendingBytes = 0
            hasUrgent = false
            return
        }
        var bytes: Int64 = 0
        var count = 0
        for submission in pending {
            let size = FrameCodec.size(of: submission.entry)
            if bytes + size > Self.batchBytes { break }
            if submission.refusal == nil { bytes += size }
            count += 1
        }
        batch.append(contentsOf: pending[..<count])
        pending.removeFirst(count)
        pendingBytes -= bytes
    }

    /// The batch is durable up to `offset` of the active segment.
    mutating func advance(to offset: Int64) {
        shelf.advance(to: offset)
    }

    mutating func fail() {
        isUnwritable = true
    }

    mutating func beginClosing() -> Bool {
        if isClosing { return false }
        isClosing = true
        return true
    }

    // MARK: Room

    enum Room {
        case use(SegmentShelf.Slot)
        /// The preparer has been asked; wait for it.
        case wait
        case full
    }

    /// No segment could be made a moment ago. What comes after that moment tries again.
    private var isOutOfRoom: Bool {
        guard let retryAt else { return false }
        return SystemClock.monotonicNanoseconds() < retryAt
    }

    /// Set while a spare is wanted of the preparer.
    private(set) var spareIsWanted = false

    mutating func takeRoom(now: Int64) -> Room {
        if isOutOfRoom { return .full }
        switch shelf.takeSpare(now: now) {
        case .use(let slot):
            retryAt = nil
            return .use(slot)
        case .make:
            spareIsWanted = true
            return .wait
        case .full:
            return .full
        }
    }

    /// True if the preparer should be woken to make a spare ahead of its need.
    mutating func wantsSpareAhead(now: Int64) -> Bool {
        guard !spareIsWanted, retryAt == nil, shelf.wantsSpare(now: now) else { return false }
        spareIsWanted = true
        return true
    }

    mutating func spareMade(_ slot: SegmentShelf.Slot) {
        spareIsWanted = false
        retryAt = nil
        shelf.add(spare: slot)
    }

    /// No segment could be made: the disk is full or failing. Tried again after a second.
    mutating func spareFailed() {
        spareIsWanted = false
        retryAt = SystemClock.monotonicNanoseconds() + 1_000_000_000
    }
}
