import ControlAPI
import FoundationEssentials
import Identity
import Model
import Policy
import Store

/// Turns a session of the store into what its owner takes home.
struct SessionMint: Sendable {
    let parts: ControlParts

    /// Operators' sessions are short whatever an organization says: theirs belong to none.
    static let operatorRefreshLifetime: Int64 = 12 * 3600

    func refreshExpiry(in organization: OrganizationSnapshot, now: Date) -> Date {
        let life =
            organization.id == .platform ? Self.operatorRefreshLifetime : organization.settings.refreshLifetime
        return now.addingTimeInterval(Double(life))
    }

    func answer(
        _ grant: SessionGrant,
        mail: String?,
        displayName: String?,
        now: Date
    ) throws -> ControlAnswer {
        // Read again: a first sign-in has just put its user there.
        guard let organization = parts.snapshots.current.organization(grant.organization) else {
            throw Failure.storeUnavailable
        }
        let isPlatform = organization.id == .platform
        let subject: Principal.Subject = isPlatform ? .platformOperator(grant.user) : .user(grant.user)
        let issuer = isPlatform ? parts.keys.operatorAssertions : parts.keys.sessionAssertions
        let issuedAt = now.wholeSeconds
        let life = min(organization.settings.assertionLifetime, issuer.audience.longestLife)
        let refreshExpiresAt = grant.refreshExpiresAt.wholeSeconds
        let claims = TokenClaims(
            issuer: issuer.deployment,
            audience: issuer.audience,
            organization: organization.id,
            subject: subject,
            session: grant.session,
            activeProfile: nil,
            epochs: organization.epochs.current(for: subject, session: grant.session),
            issuedAt: issuedAt,
            expiresAt: min(issuedAt + life, max(refreshExpiresAt, issuedAt + 1))
        )
        return try .json(
            SessionAnswer(
                session: grant.session,
                refreshToken: grant.refreshToken,
                refreshExpiresAt: refreshExpiresAt,
                sessionAssertion: try issuer.mint(claims),
                assertionExpiresAt: claims.expiresAt,
                user: SessionUser(id: grant.user, mail: mail, displayName: displayName),
                organization: isPlatform ? nil : OrganizationReference(id: organization.id, name: organization.name),
                sessionStore: ControlAPI.SessionStore(rawValue: organization.settings.sessionStore.rawValue) ?? .auto
            )
        )
    }
}
