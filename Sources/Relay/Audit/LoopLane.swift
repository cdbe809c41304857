import Audit
import NIOCore

/// Brings what the journal settled back to an event loop: one hop for each commit, however many records it held.
final class LoopLane: JournalLane {
    private let loop: NIOLoopBound<RelayLoop>

    init(_ loop: NIOLoopBound<RelayLoop>) {
        self.loop = loop
    }

    func journalDidSettle(_ settlements: [JournalSettlement]) {
        let loop = loop
        loop.eventLoop.execute { loop.value.settled(settlements) }
    }
}
