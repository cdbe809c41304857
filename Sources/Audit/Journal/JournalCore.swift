import Synchronization

import struct FoundationEssentials.UUID

/// The journal's parts and threads. The threads hold it, `Journal` holds it, and closing ends the threads.
final class JournalCore: Sendable {
    let node: UUID
    let incarnation: UUID
    let settings: JournalSettings
    let files: FileOperations
    let directory: PosixFile
    let intake: Mutex<JournalIntake>
    /// For those who follow what becomes durable; woken by every commit.
    let waiting = JournalWaiting()
    /// For those who only want to know that it is over.
    let ending = JournalWaiting()
    let writerSignal: WakeSignal
    let preparerSignal: WakeSignal
    let spareSignal: WakeSignal

    private let releaseFile: PosixFile
    private let threads = Mutex<(writer: PosixThread?, preparer: PosixThread?)>((nil, nil))
    private let preparerIsDone = Mutex(false)

    private init(
        settings: JournalSettings,
        files: FileOperations,
        directory: PosixFile,
        releaseFile: PosixFile,
        recovered: RecoveredJournal
    ) throws(JournalError) {
        node = recovered.identity.node
        incarnation = recovered.identity.incarnation
        self.settings = settings
        self.files = files
        self.directory = directory
        self.releaseFile = releaseFile
        var intake = JournalIntake(shelf: recovered.shelf, settings: settings)
        intake.takeBack(
            recovered.entries.map { JournalIntake.Submission(entry: $0, destination: .nobody, refusal: nil) }
        )
        self.intake = Mutex(intake)
        writerSignal = try WakeSignal()
        preparerSignal = try WakeSignal()
        spareSignal = try WakeSignal()
    }

    static func open(
        directory path: String,
        settings: JournalSettings,
        files: FileOperations
    ) throws(JournalError) -> JournalCore {
        try settings.validate()
        let directory = try PosixFile.directory(path)
        guard try directory.lockExclusively() else { throw .alreadyOpen(directory: path) }
        let (releaseFile, released) = try ReleaseCursor.open(in: directory)
        let recovered = try JournalRecovery(directory: directory, settings: settings, files: files, released: released)
            .run()
        let core = try JournalCore(
            settings: settings,
            files: files,
            directory: directory,
            releaseFile: releaseFile,
            recovered: recovered
        )
        let writer = try PosixThread.start(name: "kr-journal") {
            var writer = JournalWriter(core: core, recovered: recovered)
            writer.run()
        }
        core.threads.withLock { $0.writer = writer }
        do {
            let preparer = try PosixThread.start(name: "kr-segments") { core.prepareSpares() }
            core.threads.withLock { $0.preparer = preparer }
        } catch {
            core.close()
            throw error
        }
        return core
    }

    // MARK: State

    var state: JournalState { intake.withLock { $0.state } }
    var durable: JournalPosition? { intake.withLock { $0.shelf.durableEnd } }
    var released: JournalPosition? { intake.withLock { $0.shelf.released } }
    var refusedSilently: Int64 { intake.withLock { $0.refusedSilently } }
    var usage: (unreleasedBytes: Int64, quotaBytes: Int64) { (intake.withLock { $0.usedBytes }, settings.quotaBytes) }

    // MARK: Appending

    func append(_ entry: JournalEntry, to destination: JournalIntake.Destination) {
        switch intake.withLock({ $0.take(entry, to: destination) }) {
        case .taken: break
        case .takenWhileAsleep: writerSignal.signal()
        case .closed:
            var delivery = SettlementDelivery()
            delivery.add(.failure(.closed), of: entry, to: destination)
            delivery.deliver()
        }
    }

    func append(_ entries: [JournalEntry], lane: any JournalLane) {
        var mustWake = false
        var refused = SettlementDelivery()
        intake.withLock { intake in
            for entry in entries {
                switch intake.take(entry, to: .lane(lane)) {
                case .taken: break
                case .takenWhileAsleep: mustWake = true
                case .closed: refused.add(.failure(.closed), of: entry, to: .lane(lane))
                }
            }
        }
        if mustWake { writerSignal.signal() }
        refused.deliver()
    }

    // MARK: Shipping

    func release(through position: JournalPosition) {
        let (moved, released) = intake.withLock { ($0.shelf.release(through: position), $0.shelf.released) }
        if moved, let released { ReleaseCursor.save(released, to: releaseFile) }
    }

    func forgetRelease() {
        intake.withLock { $0.shelf.forgetRelease() }
        ReleaseCursor.save(nil, to: releaseFile)
    }

    // MARK: Ending

    /// The writer's last word on a failed write or sync.
    func fail() {
        intake.withLock { $0.fail() }
        waiting.wake()
        ending.wake()
    }

    func close() {
        guard intake.withLock({ $0.beginClosing() }) else { return }
        writerSignal.signal()
        let writerIsDone = threads.withLock { $0.writer.take() }?.join() ?? true
        preparerIsDone.withLock { $0 = true }
        preparerSignal.signal()
        _ = threads.withLock { $0.preparer.take() }?.join()
        // The last reference may go in a callback, on the writer's thread, which then still has its last word to
        // write; the lock goes with the directory when that thread ends.
        if writerIsDone { directory.unlock() }
        waiting.wake()
        ending.wake()
    }

    // MARK: Segments

    /// The next file to write to, waiting for the preparer if need be; nil if there is no room.
    func takeRoom() -> SegmentShelf.Slot? {
        while true {
            switch intake.withLock({ $0.takeRoom(now: SystemClock.microseconds()) }) {
            case .use(let slot): return slot
            case .full: return nil
            case .wait:
                preparerSignal.signal()
                spareSignal.wait(milliseconds: 1000)
            }
        }
    }

    /// The preparer's life: zeros take long to write, and a commit should never wait for them.
    private func prepareSpares() {
        while true {
            preparerSignal.wait(milliseconds: nil)
            if preparerIsDone.withLock({ $0 }) { return }
            let number = intake.withLock { $0.spareIsWanted ? $0.shelf.nextSlotNumber : nil }
            guard let number else { continue }
            do {
                let slot = try SegmentPreparation(directory: directory, files: files)
                    .make(number: number, bytes: settings.segmentBytes)
                intake.withLock { $0.spareMade(slot) }
            } catch {
                intake.withLock { $0.spareFailed() }
            }
            spareSignal.signal()
        }
    }
}
