package import Cryptography
package import Model
package import Policy

/// Turns the bytes of a token into a principal, for the audiences it was made for, from memory alone.
///
/// What a token's bytes prove is remembered by their digest; that it is in time, not revoked and its subject active is
/// checked on every use.
package final class TokenAuthenticator: Sendable {
    private let verifier: TokenVerifier
    private let audiences: [TokenAudience]
    private let takesAPITokens: Bool
    private let snapshots: SnapshotHolder
    private let pepper: Secret
    private let proofs = ProofCache()

    package init(
        verifier: TokenVerifier,
        audiences: [TokenAudience],
        takesAPITokens: Bool,
        snapshots: SnapshotHolder,
        apiTokenPepper: Secret
    ) {
        self.verifier = verifier
        self.audiences = audiences
        self.takesAPITokens = takesAPITokens
        self.snapshots = snapshots
        pepper = apiTokenPepper
    }

    /// `now`: seconds since 1970. Fails with `invalidToken`, `expiredToken`, `revokedToken`, or `storeUnavailable`
    /// where the snapshot cannot tell.
    package func authenticate(_ token: [UInt8], now: Int64) -> Result<AuthenticatedCaller, Failure> {
        guard token.count <= TokenVerifier.longestToken else { return .failure(.invalidToken) }
        let digest = SHA256Hash.digest(token)
        if let known = proofs[digest] { return caller(by: known, now: now) }
        switch proof(of: token, now: now) {
        case .failure(let failure): return .failure(failure)
        case .success(let proof):
            proofs.insert(proof, for: digest)
            return caller(by: proof, now: now)
        }
    }

    private func proof(of token: [UInt8], now: Int64) -> Result<TokenProof, Failure> {
        if token.starts(with: APIToken.prefix.utf8) { return apiProof(of: token) }
        var failure = Failure.invalidToken
        for audience in audiences {
            switch verifier.verify(token, audience: audience, now: now) {
            case .success(let claims): return .success(.claims(claims))
            case .failure(let reason): if reason != .invalidToken { failure = reason }
            }
        }
        return .failure(failure)
    }

    private func apiProof(of token: [UInt8]) -> Result<TokenProof, Failure> {
        guard takesAPITokens, let token = APIToken(token) else { return .failure(.invalidToken) }
        let found = snapshots.current.organizations.values.lazy
            .compactMap { organization in organization.apiTokens[token.id].map { (organization.id, $0.verifier) } }
            .first
        guard let (organization, verifier) = found else {
            return .failure(SnapshotFreshness(snapshots).age == nil ? .storeUnavailable : .invalidToken)
        }
        guard token.matches(verifier, pepper: pepper) else { return .failure(.invalidToken) }
        return .success(.apiToken(token.id, organization: organization, verifier: verifier))
    }

    private func caller(by proof: TokenProof, now: Int64) -> Result<AuthenticatedCaller, Failure> {
        switch proof {
        case .claims(let claims):
            if let failure = claims.failure(at: now) { return .failure(failure) }
            let standing = Standing(snapshot: snapshots.current, freshness: SnapshotFreshness(snapshots))
            return standing.principal(for: claims, now: now).map {
                AuthenticatedCaller(principal: $0, expiresAt: claims.expiresAt, apiToken: claims.apiToken)
            }
        case .apiToken(let id, let organization, let verifier):
            return caller(byAPIToken: id, in: organization, verifier: verifier, now: now)
        }
    }

    private func caller(
        byAPIToken id: APITokenID,
        in organization: OrganizationID,
        verifier: Digest,
        now: Int64
    ) -> Result<AuthenticatedCaller, Failure> {
        let unknown: Failure = SnapshotFreshness(snapshots).age == nil ? .storeUnavailable : .revokedToken
        guard let snapshot = snapshots.current.organization(organization), let row = snapshot.apiTokens[id],
            let account = snapshot.serviceAccounts[row.account]
        else { return .failure(unknown) }
        guard row.verifier == verifier, !row.revoked, account.active else { return .failure(.revokedToken) }
        guard now < row.expiresAt else { return .failure(.expiredToken) }
        let principal = Principal(
            organization: organization,
            subject: .serviceAccount(row.account),
            session: nil,
            activeProfile: nil
        )
        return .success(AuthenticatedCaller(principal: principal, expiresAt: row.expiresAt, apiToken: id))
    }
}

/// A principal, with what its token says about itself.
package struct AuthenticatedCaller: Hashable, Sendable {
    package let principal: Principal
    /// Whole seconds since 1970.
    package let expiresAt: Int64
    /// Set when the caller came by an api token, or by a relay token exchanged for one.
    package let apiToken: APITokenID?
}
