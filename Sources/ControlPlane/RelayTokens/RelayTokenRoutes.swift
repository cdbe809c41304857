import Audit
import ControlAPI
import FoundationEssentials
import Identity
import Model
import Policy

/// The exchange of a session assertion, or an api token, for a relay token.
///
/// It touches no database: epochs come from the snapshot, which the authentication of this request has just checked,
/// and the record goes into the journal, durable before the token leaves. So it works through an outage.
struct RelayTokenRoutes: Sendable {
    let parts: ControlParts

    func exchange(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let wanted = try request.decoded(as: RelayTokenRequest.self).profile
        let profile: ProfileName
        do {
            profile = try Self.profile(wanted, for: caller)
        } catch {
            let fields: AuditFields = [
                "decision": "deny", "reason": .string(error.rawValue), "status": .integer(Int64(error.status)),
                "profile": wanted.map { .string($0.text) } ?? .null,
            ]
            try await parts.audit.record(caller.record(.tokenRefused, request, fields))
            throw error
        }
        let claims = claims(for: caller, profile: profile, issuedAt: request.seconds)
        let token = try parts.keys.relayTokens.mint(claims)
        let fields: AuditFields = [
            "profile": .string(profile.text), "decision": "allow",
            "target": .string(claims.id.uuidString.lowercased()),
        ]
        try await parts.audit.record(caller.record(.tokenExchanged, request, fields))
        return try .json(RelayTokenAnswer(token: token, expiresAt: claims.expiresAt, profile: profile))
    }

    private static func profile(_ wanted: ProfileName?, for caller: Caller) throws(Failure) -> ProfileName {
        let organization = caller.organization
        if let wanted {
            if let failure = organization.membership(caller.subject, in: wanted) { throw failure }
            return wanted
        }
        guard let first = organization.profiles(for: caller.subject).first else { throw .profileNotAllowed }
        return first
    }

    /// Never outlives what it was exchanged for.
    private func claims(for caller: Caller, profile: ProfileName, issuedAt: Int64) -> TokenClaims {
        let life = min(caller.organization.settings.relayTokenLifetime, TokenAudience.relay.longestLife)
        return TokenClaims(
            issuer: parts.keys.deployment,
            audience: .relay,
            organization: caller.principal.organization,
            subject: caller.subject,
            session: caller.session,
            apiToken: caller.authenticated.apiToken,
            activeProfile: profile,
            epochs: caller.organization.epochs.current(for: caller.subject, session: caller.session),
            issuedAt: issuedAt,
            expiresAt: min(issuedAt + life, caller.authenticated.expiresAt)
        )
    }
}
