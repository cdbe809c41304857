import Synchronization

/// Open client connections of all event loops, and how many of them each address has.
final class ConnectionCount: Sendable {
    private let total = Atomic<Int>(0)
    private let shares = Mutex<[NetworkAddress: Int]>([:])

    /// Counts one more; false where that is too many, though it stays counted until it is given back.
    func take(limit: Int) -> Bool {
        total.add(1, ordering: .relaxed).newValue <= limit
    }

    func giveBack() {
        total.subtract(1, ordering: .relaxed)
    }

    /// Counts one more of an address's neighborhood; false, and nothing counted, where that is too many.
    func takeShare(of address: NetworkAddress, limit: Int) -> Bool {
        shares.withLock { shares in
            let count = shares[address.neighborhood] ?? 0
            guard count < limit else { return false }
            shares[address.neighborhood] = count + 1
            return true
        }
    }

    func giveBackShare(of address: NetworkAddress) {
        shares.withLock { shares in
            let count = shares[address.neighborhood] ?? 0
            shares[address.neighborhood] = count > 1 ? count - 1 : nil
        }
    }

    var current: Int { total.load(ordering: .relaxed) }
}
