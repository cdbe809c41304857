package import Audit
package import FoundationEssentials
package import Model
package import Postgres

/// Sessions after sign-in: refreshed, and ended.
package struct SessionRepository: Sendable {
    private let app: PostgresPool
    private let tokens: RefreshTokens

    package init(app: PostgresPool, tokens: RefreshTokens) {
        self.app = app
        self.tokens = tokens
    }

    /// Answers a refresh token with its successor.
    ///
    /// A used one is answered for a minute with the same successor; after that its family is ended and recorded, and
    /// this and every later call throws `refreshTokenReused`. Also throws `invalidToken` (not ours), `expiredToken`
    /// and `revokedToken` (signed out, or the user is disabled).
    package func refresh(
        _ refreshToken: String,
        expiresAt: Date,
        now: Date,
        record: (OrganizationID, RefreshOutcome) -> AuditRecord
    ) async throws -> SessionGrant {
        guard let claim = tokens.read(refreshToken) else { throw Failure.invalidToken }
        // The token's code proves that we named this organization in it.
        let scope = OrganizationScope(unproven: claim.organization)
        let result = try await app.change(in: scope) { transaction -> Result<SessionGrant, Failure> in
            let stored = try await transaction.lockedSession(claim.session)
            let action = stored.answer(to: claim.generation, digest: tokens.digest(of: refreshToken), at: now)
            switch action {
            case .refuse(let failure):
                return .failure(failure)
            case .endFamily:
                try await transaction.end(claim.session, reason: Failure.refreshTokenReused.rawValue, now: now)
                try await transaction.record(record(claim.organization, .reused(stored.user, claim.session)))
                _ = try await transaction.publish()
                return .failure(.refreshTokenReused)
            case .repeatSuccessor:
                try await transaction.record(record(claim.organization, .repeated(stored.user, claim.session)))
                return .success(grant(claim, stored.user, generation: stored.generation, stored.expiresAt))
            case .rotate(let generation):
                let granted = grant(claim, stored.user, generation: generation, expiresAt)
                try await transaction.execute(
                    """
                    UPDATE sessions SET generation = \(generation), previous_digest = refresh_digest,
                        refresh_digest = \(tokens.digest(of: granted.refreshToken)), rotated_at = \(now),
                        expires_at = \(expiresAt)
                    WHERE id = \(claim.session)
                    """
                )
                try await transaction.record(record(claim.organization, .rotated(stored.user, claim.session)))
                return .success(granted)
            }
        }
        return try result.get()
    }

    /// Signs a session out and makes what was minted from it void. Ending an ended session changes nothing.
    package func end(
        _ session: SessionID,
        in scope: OrganizationScope,
        reason: String = "signed_out",
        now: Date,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            guard try await transaction.end(session, reason: reason, now: now) else { return }
            try await transaction.record(record)
        }
    }

    private func grant(
        _ claim: RefreshTokenClaim,
        _ user: UserID,
        generation: Int64,
        _ expiresAt: Date
    ) -> SessionGrant {
        SessionGrant(
            organization: claim.organization,
            user: user,
            session: claim.session,
            refreshToken: tokens.token(
                organization: claim.organization,
                session: claim.session,
                generation: generation
            ),
            refreshExpiresAt: expiresAt,
            changeVersion: nil
        )
    }
}

extension OrganizationTransaction {
    fileprivate func lockedSession(_ session: SessionID) async throws -> StoredSession {
        let rows = try await query(
            """
            SELECT s.user_id, s.generation, s.refresh_digest, s.previous_digest, s.rotated_at, s.expires_at,
                s.end_reason, u.status
            FROM sessions s JOIN users u ON u.organization_id = s.organization_id AND u.id = s.user_id
            WHERE s.id = \(session) FOR UPDATE OF s
            """
        )
        guard let row = rows.first else { throw Failure.revokedToken }
        return try StoredSession(row: row)
    }

    /// False when there is no such session, or it has ended already.
    @discardableResult
    fileprivate func end(_ session: SessionID, reason: String, now: Date) async throws -> Bool {
        let ended = try await execute(
            """
            UPDATE sessions SET ended_at = \(now), end_reason = \(reason)
            WHERE id = \(session) AND ended_at IS NULL
            """
        )
        guard ended == 1 else { return false }
        try await raiseEpoch(.session, of: session.uuid)
        // No token lives for two days, so what such an old epoch voids has expired by itself.
        try await execute(
            "DELETE FROM epochs WHERE kind = 'session' AND changed_at < now() - interval '2 days'"
        )
        return true
    }
}
