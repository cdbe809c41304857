package import Audit
package import FoundationEssentials
package import Model
package import Postgres

/// Users, groups and roles of an organization. Who exists and belongs where is decided here, never by a document.
package struct PeopleRepository: Sendable {
    private let app: PostgresPool

    package init(app: PostgresPool) { self.app = app }

    /// Everyone, by creation.
    package func all(in scope: OrganizationScope) async throws -> [Person] {
        try await app.read(in: scope, Self.selection(where: "true")).map(Person.init(row:))
    }

    /// `notFound` for a missing user and for another organization's.
    package func person(_ id: UserID, in scope: OrganizationScope) async throws -> Person {
        let rows = try await app.read(in: scope, Self.selection(where: "u.id = \(id)"))
        guard let row = rows.first else { throw Failure.notFound }
        return try Person(row: row)
    }

    /// By mail address, whatever its case; several when people share one.
    package func people(withMail mail: String, in scope: OrganizationScope) async throws -> [Person] {
        try await app.read(in: scope, Self.selection(where: "lower(d.mail) = lower(\(mail))")).map(Person.init(row:))
    }

    /// `conflict` when someone with this address is there already.
    package func invite(
        _ invitation: Invitation,
        in scope: OrganizationScope,
        record: (UserID) -> AuditRecord
    ) async throws -> Published<UserID> {
        try await app.publish(in: scope) { transaction in
            let user = try await transaction.invite(invitation)
            try await transaction.record(record(user))
            return user
        }
    }

    /// Gives a role, or changes when it ends.
    package func grant(
        _ role: Role,
        to user: UserID,
        until expiresAt: Date? = nil,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            try await transaction.requireUser(user)
            try await transaction.grant([role], to: user, until: expiresAt)
            try await transaction.record(record)
        }
    }

    /// `notFound` when the user does not have the role.
    package func revoke(
        _ role: Role,
        from user: UserID,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            let removed = try await transaction.execute(
                "DELETE FROM role_grants WHERE user_id = \(user) AND role = \(role)"
            )
            guard removed == 1 else { throw Failure.notFound }
            try await transaction.raiseEpoch(.user, of: user.uuid)
            try await transaction.record(record)
        }
    }

    /// Puts a user into groups, making those that do not exist.
    package func add(
        _ user: UserID,
        to groups: [GroupName],
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            try await transaction.requireUser(user)
            try await transaction.add(user, to: groups)
            try await transaction.record(record)
        }
    }

    package func remove(
        _ user: UserID,
        from group: GroupName,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            let removed = try await transaction.execute(
                "DELETE FROM group_members WHERE user_id = \(user) AND group_name = \(group) AND owner = 'manual'"
            )
            guard removed == 1 else { throw Failure.notFound }
            try await transaction.record(record)
        }
    }

    /// Ends a user's access at once: status, sessions and every token.
    package func disable(
        _ user: UserID,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            let changed = try await transaction.execute(
                "UPDATE users SET status = 'disabled' WHERE id = \(user) AND status <> 'disabled'"
            )
            guard changed == 1 else { throw Failure.notFound }
            try await transaction.execute(
                """
                UPDATE sessions SET ended_at = now(), end_reason = 'user_disabled'
                WHERE user_id = \(user) AND ended_at IS NULL
                """
            )
            try await transaction.raiseEpoch(.user, of: user.uuid)
            try await transaction.record(record)
        }
    }

    /// Makes a user who signs in by one-time codes only, without an issuer: the first operator, or a person on a
    /// developer's own machine. For `keyreeved init` and `keyreeved dev`, which no principal can precede.
    package func admitLocalUser(
        _ person: Invitation,
        in organization: OrganizationID,
        record: (UserID) -> AuditRecord
    ) async throws -> Published<UserID> {
        try await app.publish(in: OrganizationScope(unproven: organization)) { transaction in
            let user = UserID.random()
            try await transaction.execute(
                """
                INSERT INTO users (organization_id, id, status, issuer, subject)
                VALUES (\(organization), \(user), 'active', 'keyreeve:one-time-code', \(user.description))
                """
            )
            try await transaction.describe(user, mail: person.mail, displayName: person.displayName)
            try await transaction.grant(person.roles, to: user, until: nil)
            try await transaction.add(user, to: person.groups)
            try await transaction.record(record(user))
            return user
        }
    }

    /// Whether the platform has an operator. Without one a server serves its health only.
    package func hasOperator() async throws -> Bool {
        let rows = try await app.read(
            in: OrganizationScope(unproven: .platform),
            """
            SELECT 1 FROM role_grants r JOIN users u ON u.organization_id = r.organization_id AND u.id = r.user_id
            WHERE r.role = 'platform-operator' AND u.status = 'active' LIMIT 1
            """
        )
        return !rows.isEmpty
    }

    private static func selection(where condition: SQL) -> SQL {
        """
        SELECT u.id, u.status, u.created_at, d.mail, d.display_name,
            ARRAY(SELECT role FROM role_grants r WHERE r.organization_id = u.organization_id AND r.user_id = u.id
                AND (r.expires_at IS NULL OR r.expires_at > now()) ORDER BY role) AS roles,
            ARRAY(SELECT group_name FROM group_members m WHERE m.organization_id = u.organization_id
                AND m.user_id = u.id ORDER BY group_name) AS groups
        FROM users u
        LEFT JOIN user_details d ON d.organization_id = u.organization_id AND d.user_id = u.id
        WHERE \(condition) ORDER BY u.created_at, u.id
        """
    }
}

extension Person {
    init(row: Row) throws {
        id = try row.get("id")
        status = try row.get("status")
        mail = try row.get("mail")
        displayName = try row.get("display_name")
        roles = Set(try row.get("roles", as: [Role].self))
        groups = try row.get("groups")
        createdAt = try row.get("created_at")
    }
}
