package import Audit
import Cryptography
package import FoundationEssentials
package import Model
package import Postgres

/// From "who are you?" to a session. Each method names its organization itself, because nobody is authenticated yet,
/// and touches only what a sign-in needs.
package struct SignInRepository: Sendable {
    private let app: PostgresPool
    private let tokens: RefreshTokens

    package init(app: PostgresPool, tokens: RefreshTokens) {
        self.app = app
        self.tokens = tokens
    }

    /// Opens a sign-in with one of the organization's issuers. The nonce goes into the ID token and is kept here as a
    /// digest. `notFound` for an unknown organization.
    package func begin(
        in organization: OrganizationID,
        issuer: String,
        nonce: String,
        expiresAt: Date,
        now: Date
    ) async throws -> SignInID {
        let id = SignInID.random()
        try await app.change(in: OrganizationScope(unproven: organization)) { transaction in
            try await transaction.execute("DELETE FROM sign_ins WHERE expires_at < \(now)")
            try await transaction.execute(
                """
                INSERT INTO sign_ins (organization_id, id, issuer, nonce_digest, expires_at)
                VALUES (\(organization), \(id), \(issuer), \(SHA256Hash.digest(Array(nonce.utf8)).bytes),
                    \(expiresAt))
                """
            )
        }
        return id
    }

    /// Ends a sign-in, once, with the identity that the issuer vouched for under this nonce.
    ///
    /// A known user gets a session; an invited one becomes a member first. Throws `invalidSignIn` for a used, expired
    /// or foreign sign-in or another nonce, and `notAMember` for everyone else; the latter is recorded, and the
    /// sign-in is used up.
    package func complete(
        _ signIn: SignInID,
        in organization: OrganizationID,
        nonce: String,
        identity: ProvenIdentity,
        refreshExpiresAt: Date,
        now: Date,
        record: (SignInOutcome) -> AuditRecord
    ) async throws -> SessionGrant {
        let scope = OrganizationScope(unproven: organization)
        let result = try await app.change(in: scope) { transaction -> Result<SessionGrant, Failure> in
            let used = try await transaction.execute(
                """
                UPDATE sign_ins SET used_at = \(now)
                WHERE id = \(signIn) AND used_at IS NULL AND expires_at > \(now) AND issuer = \(identity.issuer)
                    AND nonce_digest = \(SHA256Hash.digest(Array(nonce.utf8)).bytes)
                """
            )
            guard used == 1 else { throw Failure.invalidSignIn }
            switch try await transaction.member(for: identity, now: now) {
            case .none:
                try await transaction.record(record(.refused(.notAMember)))
                return .failure(.notAMember)
            case .known(let user):
                try await transaction.describe(
                    user,
                    mail: identity.verifiedMail,
                    displayName: identity.displayName
                )
                return .success(
                    try await open(transaction, user, refreshExpiresAt, now, isNew: false, record: record)
                )
            case .joined(let user):
                return .success(try await open(transaction, user, refreshExpiresAt, now, isNew: true, record: record))
            }
        }
        return try result.get()
    }

    /// Stores a one-time code for a user, as a digest. The code itself, of at least 128 random bits, is the caller's
    /// to show once.
    package func issueCode(
        _ code: String,
        for user: UserID,
        in organization: OrganizationID,
        expiresAt: Date,
        now: Date
    ) async throws {
        try await app.change(in: OrganizationScope(unproven: organization)) { transaction in
            try await transaction.requireUser(user)
            try await transaction.execute("DELETE FROM one_time_codes WHERE expires_at < \(now)")
            try await transaction.execute(
                """
                INSERT INTO one_time_codes (organization_id, digest, user_id, expires_at)
                VALUES (\(organization), \(Self.digest(ofCode: code)), \(user), \(expiresAt))
                """
            )
        }
    }

    /// Signs in by a one-time code; `invalidSignIn` for a used, expired or unknown one.
    package func redeem(
        code: String,
        in organization: OrganizationID,
        refreshExpiresAt: Date,
        now: Date,
        record: (SignInOutcome) -> AuditRecord
    ) async throws -> SessionGrant {
        try await app.change(in: OrganizationScope(unproven: organization)) { transaction in
            let rows = try await transaction.query(
                """
                UPDATE one_time_codes c SET used_at = \(now)
                FROM users u
                WHERE c.digest = \(Self.digest(ofCode: code)) AND c.used_at IS NULL AND c.expires_at > \(now)
                    AND u.organization_id = c.organization_id AND u.id = c.user_id AND u.status = 'active'
                RETURNING c.user_id
                """
            )
            guard let row = rows.first else { throw Failure.invalidSignIn }
            return try await open(
                transaction,
                try row.get("user_id"),
                refreshExpiresAt,
                now,
                isNew: false,
                record: record
            )
        }
    }

    private static func digest(ofCode code: String) -> [UInt8] {
        SHA256Hash.digest(Array("keyreeve one-time code 1\0".utf8) + Array(code.utf8)).bytes
    }

    private func open(
        _ transaction: OrganizationTransaction,
        _ user: UserID,
        _ refreshExpiresAt: Date,
        _ now: Date,
        isNew: Bool,
        record: (SignInOutcome) -> AuditRecord
    ) async throws -> SessionGrant {
        let session = SessionID.random()
        let token = tokens.token(organization: transaction.organization, session: session, generation: 1)
        try await transaction.execute(
            """
            INSERT INTO sessions (organization_id, id, user_id, generation, refresh_digest, expires_at, created_at)
            VALUES (\(transaction.organization), \(session), \(user), 1, \(tokens.digest(of: token)),
                \(refreshExpiresAt), \(now))
            """
        )
        try await transaction.record(record(.signedIn(user, session)))
        return SessionGrant(
            organization: transaction.organization,
            user: user,
            session: session,
            refreshToken: token,
            refreshExpiresAt: refreshExpiresAt,
            changeVersion: isNew ? try await transaction.publish() : nil
        )
    }
}

/// Whom a proven identity belongs to.
private enum Membership {
    case known(UserID)
    case joined(UserID)
    case none
}

extension OrganizationTransaction {
    fileprivate func member(for identity: ProvenIdentity, now: Date) async throws -> Membership {
        let known = try await query(
            """
            SELECT id, status FROM users WHERE issuer = \(identity.issuer) AND subject = \(identity.subject)
            """
        )
        if let row = known.first {
            let status: Person.Status = try row.get("status")
            return status == .active ? .known(try row.get("id")) : .none
        }
        guard let mail = identity.verifiedMail else { return .none }
        let invited = try await query(
            """
            SELECT u.id FROM invitations i
            JOIN users u ON u.organization_id = i.organization_id AND u.id = i.user_id
            JOIN user_details d ON d.organization_id = i.organization_id AND d.user_id = i.user_id
            WHERE lower(d.mail) = lower(\(mail)) AND u.status = 'invited'
                AND i.consumed_at IS NULL AND i.expires_at > \(now)
            ORDER BY i.created_at LIMIT 1 FOR UPDATE OF i, u
            """
        )
        guard let row = invited.first else { return .none }
        let user: UserID = try row.get("id")
        try await execute(
            """
            UPDATE users SET status = 'active', issuer = \(identity.issuer), subject = \(identity.subject)
            WHERE id = \(user)
            """
        )
        try await execute("UPDATE invitations SET consumed_at = \(now) WHERE user_id = \(user)")
        try await describe(user, mail: mail, displayName: identity.displayName)
        return .joined(user)
    }
}
