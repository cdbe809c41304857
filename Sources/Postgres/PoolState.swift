/// Who has which session of a pool. A value: its methods say what to do next, and the pool does it.
struct PoolState<Session: Sendable>: Sendable {
    /// What an acquirer does next.
    enum Grant: Sendable {
        /// Use this idle session, if it is still good.
        case session(Session)
        /// Open one; the place is yours until you say `lost`.
        case open
    }

    enum Acquisition {
        case granted(Grant)
        case wait(Handoff<Grant>)
        case closed
    }

    /// What whoever gave something back does next.
    enum Release {
        case nothing
        /// Give the grant to this waiter; if it has gone, give it back by the same way.
        case pass(Handoff<Grant>, Grant)
        /// Close it: the pool is closed.
        case close(Session)
    }

    private let size: Int
    /// The last is the one used last.
    private var idle: [Session] = []
    private var waiting: [Handoff<Grant>] = []
    /// Sessions there are: idle, lent, and being opened.
    private(set) var places = 0
    private(set) var isClosed = false
    /// The last attempt to open a session failed: waiters who leave hear that rather than "all in use".
    private(set) var lastFailure: PostgresError?

    init(size: Int) { self.size = max(1, size) }

    mutating func acquire() -> Acquisition {
        if isClosed { return .closed }
        if let session = idle.popLast() { return .granted(.session(session)) }
        if places < size {
            places += 1
            return .granted(.open)
        }
        let handoff = Handoff<Grant>()
        waiting.append(handoff)
        return .wait(handoff)
    }

    /// A waiter stopped waiting.
    mutating func leave(_ handoff: Handoff<Grant>) {
        waiting.removeAll { $0 === handoff }
    }

    mutating func opened() { lastFailure = nil }

    /// A session came back in good order.
    mutating func giveBack(_ session: Session) -> Release {
        if isClosed {
            places -= 1
            return .close(session)
        }
        if let waiter = nextWaiter() { return .pass(waiter, .session(session)) }
        idle.append(session)
        return .nothing
    }

    /// A session was closed, or could not be opened: its place is free.
    mutating func lost(because failure: PostgresError? = nil) -> Release {
        lastFailure = failure ?? lastFailure
        if !isClosed, let waiter = nextWaiter() { return .pass(waiter, .open) }
        places -= 1
        return .nothing
    }

    /// From now on nobody is served; returns the idle sessions, to be closed.
    mutating func close() -> [Session] {
        isClosed = true
        places -= idle.count
        defer { idle = [] }
        return idle
    }

    private mutating func nextWaiter() -> Handoff<Grant>? {
        waiting.isEmpty ? nil : waiting.removeFirst()
    }
}
