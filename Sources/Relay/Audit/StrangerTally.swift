import Audit
import Model
import Synchronization

/// Counts requests that proved no organization: those are not audit records one by one, or a flood would be one too.
/// What was counted goes to the platform's ledger as one summary a minute.
final class StrangerTally: Sendable {
    private struct Kind: Hashable {
        let address: String
        let reason: Failure
    }

    private struct State {
        var counts: [Kind: Int64] = [:]
        /// Of kinds that found no room.
        var others: Int64 = 0
    }

    private static let maximumKinds = 1_000
    private static let maximumNamed = 50
    private let state = Mutex(State())

    func count(_ reason: Failure, from address: String) {
        state.withLock { state in
            let kind = Kind(address: address, reason: reason)
            if state.counts[kind] != nil || state.counts.count < Self.maximumKinds {
                state.counts[kind, default: 0] &+= 1
            } else {
                state.others &+= 1
            }
        }
    }

    /// All that was counted since the last summary.
    var total: Int64 {
        state.withLock { state in state.counts.values.reduce(state.others, &+) }
    }

    /// The summary of what was counted, and back to zero; nil where there is nothing to say.
    func summarize() -> AuditRecord? {
        let state = state.withLock { state in
            let old = state
            state = State()
            return old
        }
        guard !state.counts.isEmpty else { return nil }
        let sorted = state.counts.sorted { $0.value > $1.value }
        let named = sorted.prefix(Self.maximumNamed).map { "\($0.key.address) \($0.key.reason.rawValue) \($0.value)" }
        let unnamed = sorted.dropFirst(Self.maximumNamed).reduce(state.others) { $0 &+ $1.value }
        return AuditRecord(
            kind: .unauthenticatedSummary,
            organization: nil,
            fields: [
                "count": .integer(state.counts.values.reduce(state.others, &+)),
                "detail": .strings(named),
                "others": .integer(unnamed),
            ]
        )
    }
}
