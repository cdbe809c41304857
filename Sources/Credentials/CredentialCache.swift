import Cryptography
package import Model
import Synchronization

/// Leases of credentials, each generation opened once and read from memory after.
///
/// Nothing crosses an organization: it is part of the key, and of what the sealed bytes are bound to. Safe on an
/// event loop: opening takes microseconds and waits for nothing but another opening of the same credential.
package final class CredentialCache: Sendable {
    private struct Key: Hashable {
        let organization: OrganizationID
        let name: CredentialName
    }

    private struct Opened {
        let stored: StoredCredential
        let secret: Secret
        let fingerprint: String
    }

    /// One credential, with a lock of its own: an opening keeps no other credential waiting.
    private final class Entry: Sendable {
        let opened = Mutex<Opened?>(nil)
    }

    private let sealer: Sealer
    private let onFailure: @Sendable (OrganizationID, CredentialName, SealError) -> Void
    private let entries = Mutex<[Key: Entry]>([:])
    private let openings = Atomic<Int>(0)

    /// `onFailure` is told, for the operator's log, why a lease was refused.
    package init(
        sealer: Sealer,
        onFailure: @escaping @Sendable (OrganizationID, CredentialName, SealError) -> Void = { _, _, _ in }
    ) {
        self.sealer = sealer
        self.onFailure = onFailure
    }

    /// How often sealed bytes were opened.
    package var openingCount: Int { openings.load(ordering: .relaxed) }

    /// Lends the credential. `credentialUnavailable` where it does not open for this organization.
    package func lease(
        _ stored: StoredCredential,
        organization: OrganizationID
    ) throws(Failure) -> CredentialLease {
        // Bound to the caller's organization before anything is looked up.
        guard stored.location.organization == organization else {
            onFailure(organization, stored.name, .notAuthentic)
            throw .credentialUnavailable
        }
        let key = Key(organization: organization, name: stored.name)
        let entry = entries.withLock { entries in
            if let entry = entries[key] { return entry }
            let entry = Entry()
            entries[key] = entry
            return entry
        }
        do {
            let opened = try entry.opened.withLock { slot throws(SealError) in
                // Not only the generation: after a restore another value may stand under the same number.
                if let opened = slot, opened.stored == stored { return opened }
                let opened = try open(stored, organization: organization)
                slot = opened
                return opened
            }
            return CredentialLease(
                secret: opened.secret,
                fingerprint: opened.fingerprint,
                generation: opened.stored.generation
            )
        } catch {
            onFailure(organization, stored.name, error)
            throw .credentialUnavailable
        }
    }

    private func open(_ stored: StoredCredential, organization: OrganizationID) throws(SealError) -> Opened {
        openings.add(1, ordering: .relaxed)
        let secret = try sealer.open(stored.sealed, at: stored.location, wrapped: stored.wrappedDataKey)
        let fingerprint = try sealer.fingerprint(of: secret, organization: organization)
        return Opened(stored: stored, secret: secret, fingerprint: fingerprint)
    }

    /// Wipes what this organization no longer has, when its new snapshot is in. Leases under way keep theirs.
    package func keep(only names: Set<CredentialName>, of organization: OrganizationID) {
        let removed = entries.withLock { entries in
            let gone = entries.keys.filter { $0.organization == organization && !names.contains($0.name) }
            return gone.map { entries.removeValue(forKey: $0) }
        }
        // Wiped here, after the lock.
        withExtendedLifetime(removed) {}
    }

    /// Wipes everything of an organization.
    package func forget(organization: OrganizationID) {
        keep(only: [], of: organization)
        sealer.forget(organization: organization)
    }
}
