package import Model
import Synchronization

/// The current snapshot, shared by everyone who decides.
///
/// A read copies two references under a lock that is never held for longer than that; a reader keeps what it read for
/// as long as it works on one request. Organizations are swapped one by one.
package final class SnapshotHolder: Sendable {
    private struct State {
        var snapshot = Snapshot()
        var lastVerified: ContinuousClock.Instant?
        var isVerified = false
    }

    private let state = Mutex(State())

    package init() {}

    package var current: Snapshot { state.withLock { $0.snapshot } }

    /// Puts a newer form of an organization in place. One that was loaded at an older change version is ignored, so
    /// that two loads that overtake each other do no harm.
    package func replace(_ organization: OrganizationSnapshot) {
        state.withLock { state in
            if let present = state.snapshot.organization(organization.id),
                present.changeVersion > organization.changeVersion
            {
                return
            }
            state.snapshot.put(organization)
        }
    }

    package func remove(_ id: OrganizationID) { state.withLock { $0.snapshot.remove(id) } }

    /// Notes that the versions in the database were compared and everything newer was loaded.
    package func verified(at instant: ContinuousClock.Instant) {
        state.withLock { state in
            state.lastVerified = instant
            state.isVerified = true
        }
    }

    /// Notes that the comparison failed: what is here may be old, and an id unknown here may exist.
    package func verificationFailed() { state.withLock { $0.isVerified = false } }

    /// When the snapshot was last known to be current; nil before the first time.
    package var lastVerified: ContinuousClock.Instant? { state.withLock { $0.lastVerified } }

    /// Whether the last comparison succeeded. While false, an unknown id is answered 503 and not 401.
    package var isVerified: Bool { state.withLock { $0.isVerified } }
}
