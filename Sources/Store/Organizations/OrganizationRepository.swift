package import Audit
package import Model
package import Postgres

/// Organizations themselves: made by operators, described by their admins.
package struct OrganizationRepository: Sendable {
    private let app: PostgresPool

    package init(app: PostgresPool) { self.app = app }

    /// Makes an organization with its issuer and one invited admin. The records are written with it, each into the
    /// ledger that it names: the new organization's or the platform's.
    ///
    /// Throws `roleRequired` unless an operator asks, `conflict` for a name that is taken or reserved.
    package func create(
        _ new: NewOrganization,
        by principal: Principal,
        records: (UserID) -> [AuditRecord]
    ) async throws -> Published<UserID> {
        guard case .platformOperator = principal.subject else { throw Failure.roleRequired }
        guard !OrganizationName.reserved.contains(new.name.text) else { throw Failure.conflict }
        // An operator's act from outside; it can reach only the organization that it makes, whose id is new.
        return try await app.publish(in: OrganizationScope(unproven: new.id)) { transaction in
            try await transaction.execute(
                """
                INSERT INTO organizations (id, name, display_name, help_url)
                VALUES (\(new.id), \(new.name), \(new.displayName), \(new.helpURL))
                """
            )
            try await transaction.insert(new.issuer)
            let admin = try await transaction.invite(new.admin)
            for record in records(admin) {
                try await transaction.enter(record.organization ?? .platform)
                try await transaction.record(record)
            }
            try await transaction.enter(new.id)
            return admin
        }
    }

    /// The issuers in registration order.
    package func issuers(in scope: OrganizationScope) async throws -> [IssuerRegistration] {
        let rows = try await app.read(in: scope, "SELECT url, client_id FROM issuers ORDER BY created_at, url")
        return try rows.map { IssuerRegistration(url: try $0.get("url"), clientID: try $0.get("client_id")) }
    }

    /// Adds an issuer, or changes our client there.
    package func setIssuer(
        _ issuer: IssuerRegistration,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            try await transaction.insert(issuer)
            try await transaction.record(record)
        }
    }

    /// Revokes everything minted for the organization so far.
    package func revokeAll(in scope: OrganizationScope, record: AuditRecord) async throws -> Published<Int64> {
        try await app.publish(in: scope) { transaction in
            try await transaction.record(record)
            return try await transaction.raiseEpoch(.organization, of: scope.organization.uuid)
        }
    }
}

extension OrganizationTransaction {
    func insert(_ issuer: IssuerRegistration) async throws {
        try await execute(
            """
            INSERT INTO issuers (organization_id, url, client_id)
            VALUES (\(organization), \(issuer.url), \(issuer.clientID))
            ON CONFLICT (organization_id, url) DO UPDATE SET client_id = excluded.client_id
            """
        )
    }
}
