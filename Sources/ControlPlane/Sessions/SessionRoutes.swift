import Audit
import ControlAPI
import FoundationEssentials
import Model
import Policy
import Store

/// Sessions after sign-in: refreshed, and ended.
struct SessionRoutes: Sendable {
    let parts: ControlParts

    func refresh(_ request: ControlRequest) async throws -> ControlAnswer {
        let token = try request.decoded(as: RefreshRequest.self).refreshToken
        let mint = SessionMint(parts: parts)
        // Proven by the token's own code; it only chooses how long the next token lives.
        guard let id = parts.store.refreshTokens.organization(of: token) else { throw Failure.invalidToken }
        guard let organization = parts.snapshots.current.organization(id) else { throw Failure.storeUnavailable }
        let grant: SessionGrant
        do {
            grant = try await parts.store.sessions.refresh(
                token,
                expiresAt: mint.refreshExpiry(in: organization, now: request.now),
                now: request.now
            ) { organization, outcome in
                Self.record(of: outcome, in: organization, request)
            }
        } catch Failure.refreshTokenReused {
            // The family is ended: its relay tokens must end here too.
            await parts.published(id)
            throw Failure.refreshTokenReused
        }
        return try mint.answer(grant, mail: nil, displayName: nil, now: request.now)
    }

    func end(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        guard let session = caller.session else { throw Failure.notFound }
        _ = try await parts.store.sessions.end(
            session,
            in: caller.scope,
            now: request.now,
            record: caller.record(.sessionEnded, request, ["reason": "signed_out"])
        )
        await parts.published(caller.scope.organization)
        return .noContent
    }

    private static func record(
        of outcome: RefreshOutcome,
        in organization: OrganizationID,
        _ request: ControlRequest
    ) -> AuditRecord {
        let kind: AuditKind
        let reason: AuditValue?
        let user: UserID
        let session: SessionID
        switch outcome {
        case .rotated(let who, let which): (kind, reason, user, session) = (.sessionRefreshed, nil, who, which)
        case .repeated(let who, let which): (kind, reason, user, session) = (.sessionRefreshed, "repeated", who, which)
        case .reused(let who, let which):
            (kind, reason, user, session) = (
                .sessionEnded, .string(Failure.refreshTokenReused.rawValue), who, which
            )
        }
        var fields: AuditFields = [
            "actor_kind": .string(organization == .platform ? "operator" : "user"),
            "actor_id": .string(user.description), "session": .string(session.description),
            "request_id": .string(request.id), "client_address": .string(request.head.address),
        ]
        fields["reason"] = reason
        return AuditRecord(kind: kind, organization: organization, fields: fields)
    }
}
