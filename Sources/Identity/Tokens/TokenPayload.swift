import FoundationEssentials
import Model

/// The wire form of the claims: the JSON between the token's dots.
struct TokenPayload: Codable {
    var iss: DeploymentID
    var aud: TokenAudience
    var org: OrganizationID
    var sub: String
    var sid: SessionID?
    var tok: APITokenID?
    var prf: ProfileName?
    /// Epochs of organization, subject and session, in this order.
    var epo: [Int64]
    var iat: Int64
    var exp: Int64
    var jti: UUID

    init(_ claims: TokenClaims) {
        iss = claims.issuer
        aud = claims.audience
        org = claims.organization
        sub = "\(claims.subject.kind):\(claims.subject.id)"
        sid = claims.session
        tok = claims.apiToken
        prf = claims.activeProfile
        epo = [claims.epochs.organization, claims.epochs.subject, claims.epochs.session]
        iat = claims.issuedAt
        exp = claims.expiresAt
        jti = claims.id
    }

    /// Nil where a claim is not what its name promises.
    var claims: TokenClaims? {
        guard let subject = Self.subject(sub), epo.count == 3 else { return nil }
        return TokenClaims(
            issuer: iss,
            audience: aud,
            organization: org,
            subject: subject,
            session: sid,
            apiToken: tok,
            activeProfile: prf,
            epochs: TokenEpochs(organization: epo[0], subject: epo[1], session: epo[2]),
            issuedAt: iat,
            expiresAt: exp,
            id: jti
        )
    }

    private static func subject(_ text: String) -> Principal.Subject? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = parts.first, let id = parts.last.map(String.init) else { return nil }
        switch kind {
        case "user": return UserID(id).map { .user($0) }
        case "service_account": return ServiceAccountID(id).map { .serviceAccount($0) }
        case "operator": return UserID(id).map { .platformOperator($0) }
        default: return nil
        }
    }
}
