import Audit
import Cryptography
import Identity
import Logging
import Model
import Policy
import Store

/// What handlers stand on, put together once.
struct ControlParts: Sendable {
    let settings: ControlSettings
    let keys: ControlKeys
    let store: ControlRepositories
    let snapshots: SnapshotHolder
    /// Loads an organization's snapshot after a change of ours, so that it holds here before the answer leaves.
    let refresh: @Sendable (OrganizationID) async throws -> Void
    /// Organizations whose newest policy does not compile.
    let refusedOrganizations: @Sendable () -> [OrganizationID]
    let audit: AuditLog
    let arena: SecretArena
    let egress: EgressRules
    let issuers: IssuerDirectory
    let logger: Logger

    /// A change is made when it is committed: a snapshot that comes late is no reason to call it failed.
    func published(_ organization: OrganizationID) async {
        do {
            try await refresh(organization)
        } catch {
            logger.warning("snapshot not refreshed after a change", metadata: ["organization.id": "\(organization)"])
        }
    }
}
