import Model
import Policy

/// Whether proven claims still hold: the subject exists, is active, and no epoch has moved past the token. Pure; asked
/// on every use, however often the token was seen.
struct Standing {
    let snapshot: Snapshot
    let freshness: SnapshotFreshness

    /// A principal, or `revokedToken`; `storeUnavailable` where the snapshot may just not know the subject yet.
    func principal(for claims: TokenClaims, now: Int64) -> Result<Principal, Failure> {
        let unknown: Failure = freshness.covers(issuedAt: claims.issuedAt, now: now) ? .revokedToken : .storeUnavailable
        guard let organization = snapshot.organization(claims.organization) else { return .failure(unknown) }
        switch isActive(claims.subject, in: organization) {
        case .none: return .failure(unknown)
        case .some(false): return .failure(.revokedToken)
        case .some(true): break
        }
        // A token ahead of this snapshot was minted by a replica that is ahead of this one.
        let epochs = organization.epochs.current(for: claims.subject, session: claims.session)
        guard claims.epochs.organization >= epochs.organization, claims.epochs.subject >= epochs.subject,
            claims.epochs.session >= epochs.session
        else { return .failure(.revokedToken) }
        if let token = claims.apiToken {
            guard let verifier = organization.apiTokens[token] else { return .failure(unknown) }
            guard !verifier.revoked, now < verifier.expiresAt else { return .failure(.revokedToken) }
        }
        return .success(
            Principal(
                organization: claims.organization,
                subject: claims.subject,
                session: claims.session,
                activeProfile: claims.activeProfile
            )
        )
    }

    /// Nil for a subject that the snapshot does not know.
    private func isActive(_ subject: Principal.Subject, in organization: OrganizationSnapshot) -> Bool? {
        switch subject {
        case .user(let id): organization.members[id]?.active
        case .serviceAccount(let id): organization.serviceAccounts[id]?.active
        case .platformOperator(let id):
            organization.members[id].map { $0.active && $0.roles.contains(.platformOperator) }
        }
    }
}
