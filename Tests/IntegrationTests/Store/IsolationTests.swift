import Audit
import FoundationEssentials
import KeyreeveTesting
import Model
import Postgres
import Store
import Testing

@Suite struct IsolationTests {
    /// Every table that belongs to organizations, filled by one and looked at by another.
    @Test func noTableShowsOneOrganizationToAnother() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.furnished("acme")
            let globex = try await fixture.organization("globex")
            let app = try await fixture.test.session(.app)
            for table in try await fixture.tablesReadableByApp() {
                let counts = try await app.pipeline([
                    "SELECT set_config('keyreeve.organization', \(globex.id), true)",
                    "SELECT count(*) AS n FROM \(identifier: table.name) WHERE \(identifier: table.key) = \(acme.id)",
                    "SELECT set_config('keyreeve.organization', \(acme.id), true)",
                    "SELECT count(*) AS n FROM \(identifier: table.name)",
                ])
                #expect(try counts[1].first?.get("n", as: Int.self) == 0, "\(table.name) is seen from outside")
                let own = try #require(try counts[3].first?.get("n", as: Int.self))
                #expect(own > 0, "\(table.name) is empty, so nothing was proved: furnish it")
            }
        }
    }

    @Test func withoutAContextEveryOrganizationTableIsAnError() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.furnished("acme")
            let app = try await fixture.test.session(.app)
            for table in try await fixture.tablesReadableByApp() {
                let unset = await #expect(throws: PostgresError.self, "\(table.name)") {
                    _ = try await app.query("SELECT count(*) AS n FROM \(identifier: table.name)")
                }
                // 42704: never set in this session; 22P02: empty after a transaction that had set it.
                #expect(unset?.code == "42704" || unset?.code == "22P02")
                _ = try await app.pipeline([
                    "SELECT set_config('keyreeve.organization', \(OrganizationID.random()), true)", "SELECT 1",
                ])
            }
        }
    }

    @Test func nothingCanBeWrittenIntoAnotherOrganization() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let globex = try await fixture.organization("globex")
            let app = try await fixture.test.session(.app)
            let context: SQL = "SELECT set_config('keyreeve.organization', \(globex.id), true)"
            let writes: [SQL] = [
                "INSERT INTO groups (organization_id, name) VALUES (\(acme.id), 'intruders')",
                "INSERT INTO users (organization_id, id, status) VALUES (\(acme.id), \(UserID.random()), 'invited')",
                """
                INSERT INTO audit_intake (organization_id, node_id, incarnation, sequence, record) VALUES
                    (\(acme.id), '00000000-0000-0000-0000-000000000000', \(UUID()), 0, '\\x00')
                """,
            ]
            for write in writes {
                let error = await #expect(throws: PostgresError.self) { try await app.pipeline([context, write]) }
                #expect(error?.isInsufficientPrivilege == true)
            }
            let changed = try await app.transaction { session in
                try await session.query(context)
                return try await session.execute("UPDATE users SET status = 'disabled' WHERE id = \(acme.admin)")
            }
            #expect(changed == 0)
        }
    }

    @Test func anIdOfAnotherOrganizationAnswersLikeAMissingOne() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.furnished("acme")
            let globex = try await fixture.organization("globex").scope
            let account = try await fixture.accounts.named(StoreFixture.robot, in: acme.scope)
            let token = try #require(try await fixture.accounts.tokens(of: account.id, in: acme.scope).first)
            let record = StoreFixture.record(.userDeactivated, globex.organization)
            let attempts: [(String, () async throws -> Void)] = [
                ("person", { _ = try await fixture.people.person(acme.admin, in: globex) }),
                ("grant", { _ = try await fixture.people.grant(.auditor, to: acme.admin, in: globex, record: record) }),
                ("disable", { _ = try await fixture.people.disable(acme.admin, in: globex, record: record) }),
                (
                    "groups",
                    {
                        let groups = [GroupName(unchecked: "engineering")]
                        _ = try await fixture.people.add(acme.admin, to: groups, in: globex, record: record)
                    }
                ),
                ("account", { _ = try await fixture.accounts.disable(account.id, in: globex, record: record) }),
                ("token", { _ = try await fixture.accounts.revokeToken(token.id, in: globex, record: record) }),
                (
                    "credential",
                    {
                        _ = try await fixture.credentials.delete(StoreFixture.secretName, in: globex, record: record)
                    }
                ),
                ("revision", { _ = try await fixture.policies.revision(1, in: globex) }),
            ]
            for (name, attempt) in attempts {
                let failure = await #expect(throws: Failure.self, "\(name)") { try await attempt() }
                #expect(failure == .notFound, "\(name)")
            }
            #expect(try await fixture.accounts.tokens(of: account.id, in: globex).isEmpty)
            #expect(try await fixture.recorded(.userDeactivated, globex.organization) == 0)
        }
    }

    @Test func theSnapshotRoleSeesNoAuditNoSessionsAndNoPersonalDetails() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.furnished("acme")
            let session = try await fixture.test.session(.snapshot)
            let hidden: [SQL] = [
                "SELECT 1 FROM audit_ledger", "SELECT 1 FROM audit_intake", "SELECT 1 FROM sessions",
                "SELECT 1 FROM user_details", "SELECT 1 FROM sign_ins", "SELECT 1 FROM one_time_codes",
                "SELECT 1 FROM signing_keys", "SELECT subject FROM users",
            ]
            for statement in hidden {
                let error = await #expect(throws: PostgresError.self) { _ = try await session.query(statement) }
                #expect(error?.isInsufficientPrivilege == true)
            }
            let users = try await session.query("SELECT id FROM users")
            #expect(users.count == 1)
        }
    }

    @Test func theServersRoleCannotTouchKeysRevisionsOrTheLedger() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.furnished("acme")
            let app = try await fixture.test.session(.app)
            let forbidden: [SQL] = [
                "UPDATE signing_keys SET state = 'retired'", "DELETE FROM deployments",
                "UPDATE policy_revisions SET documents = '{}'", "DELETE FROM policy_revisions",
                "SELECT 1 FROM audit_ledger", "SELECT 1 FROM audit_intake", "DELETE FROM audit_intake",
                "DELETE FROM users", "UPDATE schema_migrations SET name = ''", "CREATE TABLE mine (id int)",
                "SET ROLE keyreeve_owner", "CALL release_intake('1 day')", "TRUNCATE users",
            ]
            for statement in forbidden {
                let error = await #expect(throws: PostgresError.self) {
                    _ = try await app.pipeline([
                        "SELECT set_config('keyreeve.organization', \(acme.id), true)", statement,
                    ])
                }
                #expect(error?.isInsufficientPrivilege == true)
            }
        }
    }
}

extension StoreFixture {
    static let robot = ServiceAccountName(unchecked: "robot")
    static let secretName = CredentialName(unchecked: "azure-prod")

    struct Table: Sendable {
        let name: String
        let key: String
    }

    func tablesReadableByApp() async throws -> [Table] {
        let rows = try await test.superuser().query(
            """
            SELECT c.relname::text AS name FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relrowsecurity
                AND has_table_privilege('keyreeve_app', c.oid, 'SELECT')
            ORDER BY 1
            """
        )
        return try rows.map { row in
            let name: String = try row.get("name")
            return Table(name: name, key: name == "organizations" ? "id" : "organization_id")
        }
    }

    /// An organization with at least one row in every table that a request can read.
    func furnished(_ name: String) async throws -> Home {
        let home = try await organization(name)
        let scope = home.scope
        let record = Self.record(.serviceAccountCreated, home.id)
        let account = try await accounts.create(Self.robot, roles: [.developer], profiles: nil, in: scope) { _ in record
        }
        try await issueToken(to: account.value, in: scope)
        _ = try await credentials.set(
            Self.secretName,
            to: try secret("sk-canary"),
            for: Self.destinations,
            in: scope
        ) { _ in
            Self.record(.credentialSet, home.id)
        }
        _ = try await policies.apply(
            ["organization.toml": ""],
            policy: Self.policy(),
            base: 0,
            by: home.principal,
            in: scope
        ) { _ in Self.record(.policyApplied, home.id) }
        try await signIns.issueCode(
            "code",
            for: home.admin,
            in: home.id,
            expiresAt: Date().addingTimeInterval(600),
            now: Date()
        )
        _ = try await organizations.revokeAll(in: scope, record: record)
        return home
    }
}
