import FoundationEssentials
import Model
import Postgres

/// The statements that several repositories use to change people, each inside a transaction of one organization.
extension OrganizationTransaction {
    func requireUser(_ user: UserID) async throws {
        guard try await !query("SELECT 1 FROM users WHERE id = \(user)").isEmpty else { throw Failure.notFound }
    }

    /// An invitation is a user who cannot do anything yet: roles and groups are there, the identity is not.
    func invite(_ invitation: Invitation) async throws -> UserID {
        let taken = try await query(
            """
            SELECT 1 FROM user_details d JOIN users u ON u.organization_id = d.organization_id AND u.id = d.user_id
            WHERE lower(d.mail) = lower(\(invitation.mail)) AND u.status <> 'disabled' LIMIT 1
            """
        )
        guard taken.isEmpty else { throw Failure.conflict }
        let user = UserID.random()
        try await execute(
            "INSERT INTO users (organization_id, id, status) VALUES (\(organization), \(user), 'invited')"
        )
        try await describe(user, mail: invitation.mail, displayName: invitation.displayName)
        try await execute(
            """
            INSERT INTO invitations (organization_id, user_id, expires_at)
            VALUES (\(organization), \(user), \(invitation.expiresAt))
            """
        )
        try await grant(invitation.roles, to: user, until: nil)
        try await add(user, to: invitation.groups)
        return user
    }

    /// Nil leaves what is known.
    func describe(_ user: UserID, mail: String?, displayName: String?) async throws {
        try await execute(
            """
            INSERT INTO user_details AS d (organization_id, user_id, mail, display_name)
            VALUES (\(organization), \(user), \(mail), \(displayName))
            ON CONFLICT (organization_id, user_id) DO UPDATE
            SET mail = coalesce(excluded.mail, d.mail), display_name = coalesce(excluded.display_name, d.display_name)
            """
        )
    }

    func grant(_ roles: Set<Role>, to user: UserID, until expiresAt: Date?) async throws {
        for role in roles.sorted(by: { $0.rawValue < $1.rawValue }) {
            try await execute(
                """
                INSERT INTO role_grants (organization_id, user_id, role, expires_at)
                VALUES (\(organization), \(user), \(role), \(expiresAt))
                ON CONFLICT (organization_id, user_id, role) DO UPDATE SET expires_at = excluded.expires_at
                """
            )
        }
    }

    func add(_ user: UserID, to groups: [GroupName]) async throws {
        for group in groups {
            try await execute(
                """
                INSERT INTO groups (organization_id, name) VALUES (\(organization), \(group))
                ON CONFLICT (organization_id, name) DO NOTHING
                """
            )
            try await execute(
                """
                INSERT INTO group_members (organization_id, group_name, user_id)
                VALUES (\(organization), \(group), \(user))
                ON CONFLICT (organization_id, group_name, user_id) DO NOTHING
                """
            )
        }
    }
}
