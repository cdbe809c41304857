package import FoundationEssentials
package import Model

/// The revocation epochs at the time of minting. A token whose epoch is behind the snapshot's is revoked.
package struct TokenEpochs: Hashable, Sendable {
    package var organization: Int64
    package var subject: Int64
    /// Of the session family; 0 where there is no session.
    package var session: Int64

    package init(organization: Int64, subject: Int64, session: Int64) {
        self.organization = organization
        self.subject = subject
        self.session = session
    }
}

/// What a token of ours says. Out of a `TokenVerifier` it is proven; whether it still holds is `Standing`'s to say.
package struct TokenClaims: Hashable, Sendable {
    package let issuer: DeploymentID
    package let audience: TokenAudience
    /// The nil id for operators, who belong to none.
    package let organization: OrganizationID
    package let subject: Principal.Subject
    package let session: SessionID?
    /// The api token that a relay token was exchanged for, so that revoking the one ends the other.
    package let apiToken: APITokenID?
    package let activeProfile: ProfileName?
    package let epochs: TokenEpochs
    /// Whole seconds since 1970.
    package let issuedAt: Int64
    /// Whole seconds since 1970; from this second on the token is expired.
    package let expiresAt: Int64
    package let id: UUID

    package init(
        issuer: DeploymentID,
        audience: TokenAudience,
        organization: OrganizationID,
        subject: Principal.Subject,
        session: SessionID?,
        apiToken: APITokenID? = nil,
        activeProfile: ProfileName?,
        epochs: TokenEpochs,
        issuedAt: Int64,
        expiresAt: Int64,
        id: UUID = UUID()
    ) {
        self.issuer = issuer
        self.audience = audience
        self.organization = organization
        self.subject = subject
        self.session = session
        self.apiToken = apiToken
        self.activeProfile = activeProfile
        self.epochs = epochs
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.id = id
    }
}

extension TokenClaims {
    /// How far, in seconds, the clocks of replicas may differ.
    static let clockSkew: Int64 = 60

    /// Nil while the token is in time.
    package func failure(at now: Int64) -> Failure? {
        let (life, overflows) = expiresAt.subtractingReportingOverflow(issuedAt)
        guard !overflows, life > 0, life <= audience.longestLife else { return .invalidToken }
        let (ahead, isAbsurd) = issuedAt.subtractingReportingOverflow(now)
        guard !isAbsurd, ahead <= Self.clockSkew else { return .invalidToken }
        return now < expiresAt ? nil : .expiredToken
    }
}
