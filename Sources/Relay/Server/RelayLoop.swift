import Audit
import NIOCore

/// Something that waits for a moment, checked at every tick of its event loop.
protocol DeadlineBearing: AnyObject {
    var deadline: NIODeadline? { get }
    func deadlinePassed()
}

/// What the relay keeps for one event loop; touched on it and nowhere else.
final class RelayLoop {
    let context: RelayContext
    let eventLoop: any EventLoop
    let upstreams: UpstreamPool
    private(set) lazy var lane = LoopLane(NIOLoopBound(self, eventLoop: eventLoop))
    private(set) var connections: [ObjectIdentifier: any ListenerConnection] = [:]
    private(set) var isDraining = false
    private var bearers: [ObjectIdentifier: any DeadlineBearing] = [:]
    private var waiters: [UInt64: (Result<JournalReceipt, JournalError>) -> Void] = [:]
    private var lastTag: UInt64 = 0
    private var ticking: RepeatedTask?

    init(context: RelayContext, eventLoop: any EventLoop) {
        self.context = context
        self.eventLoop = eventLoop
        upstreams = UpstreamPool(limit: context.settings.idleUpstreamsPerProvider)
    }

    // MARK: Deadlines

    func start() {
        let interval = TimeAmount(context.settings.timerResolution)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ticking = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick() }
    }

    func stop() {
        ticking?.cancel()
        ticking = nil
        upstreams.closeAll()
    }

    func watch(_ bearer: any DeadlineBearing) { bearers[ObjectIdentifier(bearer)] = bearer }
    func unwatch(_ bearer: any DeadlineBearing) { bearers[ObjectIdentifier(bearer)] = nil }

    private func tick() {
        let now = NIODeadline.now()
        // Collected first: a deadline that passes takes bearers out.
        let late = bearers.values.filter { bearer in bearer.deadline.map { $0 <= now } ?? false }
        for bearer in late { bearer.deadlinePassed() }
    }

    // MARK: Connections

    func add(_ connection: any ListenerConnection) {
        connections[ObjectIdentifier(connection)] = connection
        watch(connection)
    }

    func remove(_ connection: any ListenerConnection) {
        connections[ObjectIdentifier(connection)] = nil
        unwatch(connection)
    }

    /// Lets what runs come to its end and nothing new begin.
    func drain() {
        isDraining = true
        for connection in Array(connections.values) { connection.drain() }
    }

    func closeAll() {
        for connection in Array(connections.values) { connection.close() }
    }

    // MARK: Records on their way to the disk

    /// A number under which the journal will report, and what to do then.
    func expect(_ body: @escaping (Result<JournalReceipt, JournalError>) -> Void) -> UInt64 {
        lastTag &+= 1
        waiters[lastTag] = body
        return lastTag
    }

    func settled(_ settlements: [JournalSettlement]) {
        for settlement in settlements {
            waiters.removeValue(forKey: settlement.tag)?(settlement.result)
        }
    }
}
