import Synchronization

/// A number of bytes that all event loops share.
final class ByteBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes `count` bytes; false, and nothing taken, where they are not there.
    func take(_ count: Int) -> Bool {
        let total = used.add(count, ordering: .relaxed).newValue
        guard total > limit else { return true }
        used.subtract(count, ordering: .relaxed)
        return false
    }

    func giveBack(_ count: Int) {
        used.subtract(count, ordering: .relaxed)
    }

    var inUse: Int { used.load(ordering: .relaxed) }
}
