import Cryptography
import FoundationEssentials
import Model
import Policy
import Postgres

/// The rows of one organization, from one transaction.
struct SnapshotRows: Sendable {
    let organization: Row
    let documents: [String: String]?
    private let results: [[Row]]

    static func load(_ id: OrganizationID, _ session: PostgresSession) async throws -> SnapshotRows? {
        let results = try await session.pipeline(statements(id))
        guard let organization = results.first?.first else { return nil }
        let text = try organization.get("documents", as: String?.self)
        return SnapshotRows(
            organization: organization,
            documents: try text.map(DocumentsText.decode),
            results: results
        )
    }

    /// In the order of `Part`.
    private static func statements(_ id: OrganizationID) -> [SQL] {
        [
            """
            SELECT o.name, o.display_name, o.help_url, o.change_version, o.current_revision,
                r.documents::text AS documents
            FROM organizations o
            LEFT JOIN policy_revisions r ON r.organization_id = o.id AND r.number = o.current_revision
            WHERE o.id = \(id)
            """,
            "SELECT id, status = 'active' AS active FROM users WHERE organization_id = \(id)",
            "SELECT user_id, group_name FROM group_members WHERE organization_id = \(id)",
            """
            SELECT user_id, role FROM role_grants
            WHERE organization_id = \(id) AND (expires_at IS NULL OR expires_at > now())
            """,
            """
            SELECT id, name, roles, profiles, disabled_at IS NULL AS active FROM service_accounts
            WHERE organization_id = \(id)
            """,
            """
            SELECT id, service_account_id, verifier, scopes, floor(extract(epoch FROM expires_at))::bigint AS expires,
                revoked_at IS NOT NULL AS revoked
            FROM api_tokens WHERE organization_id = \(id) AND expires_at > now()
            """,
            "SELECT kind, subject_id, epoch FROM epochs WHERE organization_id = \(id)",
            """
            SELECT c.name, c.generation, c.destinations, c.sealed, c.data_key_id, k.wrapped
            FROM credentials c
            JOIN data_keys k ON k.organization_id = c.organization_id AND k.id = c.data_key_id
            WHERE c.organization_id = \(id) AND c.sealed IS NOT NULL
            """,
            "SELECT url, client_id FROM issuers WHERE organization_id = \(id) ORDER BY created_at, url",
        ]
    }

    private enum Part: Int {
        case organization
        case users
        case groupMembers
        case roles
        case serviceAccounts
        case apiTokens
        case epochs
        case credentials
        case issuers
    }

    private func rows(_ part: Part) -> [Row] {
        results.indices.contains(part.rawValue) ? results[part.rawValue] : []
    }

    func compiled(_ id: OrganizationID, _ compile: PolicyCompiler) throws -> OrganizationSnapshot {
        let displayName: String = try organization.get("display_name")
        return OrganizationSnapshot(
            id: id,
            name: try organization.get("name"),
            displayName: displayName.isEmpty ? nil : displayName,
            changeVersion: try organization.get("change_version"),
            revision: try organization.get("current_revision"),
            policy: try documents.map(compile) ?? .empty,
            members: try members(),
            serviceAccounts: try serviceAccounts(),
            epochs: try epochs(id),
            apiTokens: try apiTokens(),
            credentials: try credentials(),
            issuers: try rows(.issuers).map { Issuer(url: try $0.get("url"), clientID: try $0.get("client_id")) },
            helpURL: try organization.get("help_url")
        )
    }
}

extension SnapshotRows {
    private func members() throws -> [UserID: Member] {
        var groups: [UserID: Set<GroupName>] = [:]
        for row in rows(.groupMembers) { groups[try row.get("user_id"), default: []].insert(try row.get("group_name")) }
        var roles: [UserID: Set<Role>] = [:]
        for row in rows(.roles) { roles[try row.get("user_id"), default: []].insert(try row.get("role")) }
        var members: [UserID: Member] = [:]
        for row in rows(.users) {
            let id: UserID = try row.get("id")
            members[id] = Member(groups: groups[id] ?? [], roles: roles[id] ?? [], active: try row.get("active"))
        }
        return members
    }

    private func serviceAccounts() throws -> [ServiceAccountID: ServiceAccount] {
        var accounts: [ServiceAccountID: ServiceAccount] = [:]
        for row in rows(.serviceAccounts) {
            accounts[try row.get("id")] = ServiceAccount(
                name: try row.get("name"),
                roles: Set(try row.get("roles", as: [Role].self)),
                profiles: try row.get("profiles", as: [ProfileName]?.self).map(Set.init),
                active: try row.get("active")
            )
        }
        return accounts
    }

    private func apiTokens() throws -> [APITokenID: APITokenVerifier] {
        var tokens: [APITokenID: APITokenVerifier] = [:]
        for row in rows(.apiTokens) {
            guard let verifier = Digest(bytes: try row.get("verifier")) else { throw Failure.internalError }
            tokens[try row.get("id")] = APITokenVerifier(
                account: try row.get("service_account_id"),
                verifier: verifier,
                expiresAt: try row.get("expires"),
                scopes: Set(try row.get("scopes", as: [String].self)),
                revoked: try row.get("revoked")
            )
        }
        return tokens
    }

    private func epochs(_ id: OrganizationID) throws -> Epochs {
        var organization: Int64 = 0
        var users: [UserID: Int64] = [:]
        var sessions: [SessionID: Int64] = [:]
        var serviceAccounts: [ServiceAccountID: Int64] = [:]
        for row in rows(.epochs) {
            let subject: UUID = try row.get("subject_id")
            let epoch: Int64 = try row.get("epoch")
            switch try row.get("kind", as: EpochKind.self) {
            case .organization where subject == id.uuid: organization = epoch
            case .organization: break
            case .user: users[UserID(subject)] = epoch
            case .session: sessions[SessionID(subject)] = epoch
            case .serviceAccount: serviceAccounts[ServiceAccountID(subject)] = epoch
            }
        }
        return Epochs(organization: organization, users: users, sessions: sessions, serviceAccounts: serviceAccounts)
    }

    private func credentials() throws -> [CredentialName: CredentialRecord] {
        var credentials: [CredentialName: CredentialRecord] = [:]
        for row in rows(.credentials) {
            let name: CredentialName = try row.get("name")
            credentials[name] = CredentialRecord(
                name: name,
                generation: try row.get("generation"),
                row: name.text,
                destinations: CredentialDestinations(stored: try row.get("destinations")),
                sealed: try row.get("sealed"),
                dataKey: try row.get("data_key_id"),
                wrappedDataKey: try row.get("wrapped")
            )
        }
        return credentials
    }
}
