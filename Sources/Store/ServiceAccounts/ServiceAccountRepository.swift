package import Audit
package import Cryptography
package import FoundationEssentials
package import Model
package import Postgres

/// A non-human principal, as its row has it.
package struct StoredServiceAccount: Hashable, Sendable {
    package let id: ServiceAccountID
    package let name: ServiceAccountName
    package let roles: Set<Role>
    /// Nil leaves the choice to the profiles' own rules.
    package let profiles: [ProfileName]?
    package let isDisabled: Bool
    package let createdAt: Date
}

/// An api token, as its row has it; its secret is known to its owner only.
package struct StoredAPIToken: Hashable, Sendable {
    package let id: APITokenID
    package let account: ServiceAccountID
    package let scopes: [String]
    package let expiresAt: Date
    package let revokedAt: Date?
    package let createdAt: Date
}

/// What to store of a new api token: an HMAC of its secret, never the secret.
package struct NewAPIToken: Sendable {
    package let id: APITokenID
    package let verifier: Digest
    package let scopes: [String]
    package let expiresAt: Date

    package init(id: APITokenID, verifier: Digest, scopes: [String] = [], expiresAt: Date) {
        self.id = id
        self.verifier = verifier
        self.scopes = scopes
        self.expiresAt = expiresAt
    }
}

/// Service accounts and their tokens.
package struct ServiceAccountRepository: Sendable {
    private let app: PostgresPool

    package init(app: PostgresPool) { self.app = app }

    /// `conflict` for a name that is taken, `malformedRequest` for a role that only a person can hold.
    package func create(
        _ name: ServiceAccountName,
        roles: Set<Role>,
        profiles: [ProfileName]?,
        in scope: OrganizationScope,
        record: (ServiceAccountID) -> AuditRecord
    ) async throws -> Published<ServiceAccountID> {
        guard roles.isDisjoint(with: [.approver, .platformOperator]) else { throw Failure.malformedRequest }
        return try await app.publish(in: scope) { transaction in
            let id = ServiceAccountID.random()
            try await transaction.execute(
                """
                INSERT INTO service_accounts (organization_id, id, name, roles, profiles)
                VALUES (\(scope.organization), \(id), \(name), \(roles.map(\.rawValue).sorted()),
                    \(profiles?.map(\.text)))
                """
            )
            try await transaction.record(record(id))
            return id
        }
    }

    package func all(in scope: OrganizationScope) async throws -> [StoredServiceAccount] {
        try await app.read(in: scope, "SELECT * FROM service_accounts ORDER BY name")
            .map(StoredServiceAccount.init(row:))
    }

    /// `notFound` for a missing name.
    package func named(_ name: ServiceAccountName, in scope: OrganizationScope) async throws -> StoredServiceAccount {
        let rows = try await app.read(in: scope, "SELECT * FROM service_accounts WHERE name = \(name)")
        guard let row = rows.first else { throw Failure.notFound }
        return try StoredServiceAccount(row: row)
    }

    /// Ends the account's access at once; its name stays taken.
    package func disable(
        _ account: ServiceAccountID,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            let changed = try await transaction.execute(
                "UPDATE service_accounts SET disabled_at = now() WHERE id = \(account) AND disabled_at IS NULL"
            )
            guard changed == 1 else { throw Failure.notFound }
            try await transaction.raiseEpoch(.serviceAccount, of: account.uuid)
            try await transaction.record(record)
        }
    }

    /// `notFound` for an account that is missing, foreign or disabled.
    package func addToken(
        _ token: NewAPIToken,
        to account: ServiceAccountID,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            let added = try await transaction.execute(
                """
                INSERT INTO api_tokens (organization_id, id, service_account_id, verifier, scopes, expires_at)
                SELECT organization_id, \(token.id)::uuid, id, \(token.verifier.bytes), \(token.scopes),
                    \(token.expiresAt)
                FROM service_accounts WHERE id = \(account) AND disabled_at IS NULL
                """
            )
            guard added == 1 else { throw Failure.notFound }
            try await transaction.record(record)
        }
    }

    package func tokens(of account: ServiceAccountID, in scope: OrganizationScope) async throws -> [StoredAPIToken] {
        let rows = try await app.read(
            in: scope,
            """
            SELECT id, service_account_id, scopes, expires_at, revoked_at, created_at FROM api_tokens
            WHERE service_account_id = \(account) ORDER BY created_at, id
            """
        )
        return try rows.map(StoredAPIToken.init(row:))
    }

    /// `notFound` for a token that is missing or foreign; revoking a revoked one changes nothing.
    package func revokeToken(
        _ token: APITokenID,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            let found = try await transaction.execute(
                "UPDATE api_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = \(token)"
            )
            guard found == 1 else { throw Failure.notFound }
            try await transaction.record(record)
        }
    }
}

extension StoredServiceAccount {
    init(row: Row) throws {
        id = try row.get("id")
        name = try row.get("name")
        roles = Set(try row.get("roles", as: [Role].self))
        profiles = try row.get("profiles")
        isDisabled = try row.get("disabled_at", as: Date?.self) != nil
        createdAt = try row.get("created_at")
    }
}

extension StoredAPIToken {
    init(row: Row) throws {
        id = try row.get("id")
        account = try row.get("service_account_id")
        scopes = try row.get("scopes")
        expiresAt = try row.get("expires_at")
        revokedAt = try row.get("revoked_at")
        createdAt = try row.get("created_at")
    }
}
