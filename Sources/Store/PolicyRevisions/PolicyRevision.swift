package import Cryptography
package import FoundationEssentials
import Model

/// A stored policy revision: what was applied, by whom, and when. Never changed afterwards.
package struct PolicyRevision: Sendable {
    package let summary: PolicyRevisionSummary
    /// Path within the policy folder → text.
    package let documents: [String: String]
}

package struct PolicyRevisionSummary: Hashable, Sendable {
    package let number: Int64
    package let digest: Digest
    /// `user`, `service_account` or `operator`.
    package let authorKind: String
    package let authorID: UUID
    package let appliedAt: Date
}

/// What an apply gave.
package struct AppliedRevision: Hashable, Sendable {
    package let revision: Int64
    /// Snapshots at this version or later have it.
    package let changeVersion: Int64
}
