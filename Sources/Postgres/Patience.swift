import Synchronization

/// How long one operation may wait, and whether its caller has gone.
struct Patience: Sendable {
    let deadline: ContinuousClock.Instant
    let cancellation: Cancellation

    /// Whole milliseconds until the deadline, rounded up and at most a minute; nil when it has passed.
    var milliseconds: Int32? {
        let remaining = ContinuousClock.now.duration(to: deadline)
        guard remaining > .zero else { return nil }
        let (seconds, attoseconds) = min(remaining, .seconds(60)).components
        return Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}

/// Set once by the caller's cancellation; wakes the session's thread.
final class Cancellation: Sendable {
    private let flag = Atomic(false)
    private let wakeup: Wakeup

    init(_ wakeup: Wakeup) { self.wakeup = wakeup }

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() {
        flag.store(true, ordering: .releasing)
        wakeup.signal()
    }
}
