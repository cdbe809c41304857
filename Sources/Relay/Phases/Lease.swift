import Audit
import Credentials
import Model
import Policy

/// 7: the provider's credential, opened from the snapshot's ciphertext once and read from memory after. It is lent only
/// to a place that the admin who stored it named: who writes policy says which credential a provider takes, and could
/// name any of them beside a host of their own.
extension Exchange {
    /// A fresh lease for every attempt, from the newest snapshot: a credential may have been rotated meanwhile.
    func takeLease() {
        guard let principal, let route else { return fail(.internalError) }
        lease = nil
        if let name = route.provider.broker.credential {
            let organization = context.snapshots.current.organization(principal.organization)
            guard let record = organization?.credentials[name] else { return fail(.credentialMissing) }
            guard record.destinations.admits(route.provider.endpoint) else { return fail(.credentialNotForHost) }
            guard let stored = StoredCredential(record, organization: principal.organization) else {
                return fail(.credentialUnavailable)
            }
            do throws(Failure) {
                let lease = try context.credentials.lease(stored, organization: principal.organization)
                fingerprint = lease.fingerprint
                self.lease = consume lease
            } catch {
                return fail(error)
            }
        }
        connect()
    }
}
