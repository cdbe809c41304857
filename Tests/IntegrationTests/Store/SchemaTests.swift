import FoundationEssentials
import KeyreeveTesting
import Postgres
import Store
import Testing

@Suite struct SchemaTests {
    /// A privilege that is new, or gone, shows here and in the file's history.
    @Test func roleByTableByPrivilegeIsAsTheGoldenFileSays() async throws {
        try await TestDatabase.with { test in
            let session = try await test.superuser()
            let lines = try await session.query(Catalog.privileges).map { try $0.get("line", as: String.self) }
            let actual = lines.joined(separator: "\n") + "\n"
            let path = TestDatabase.repository + "/Tests/Golden/database-privileges.txt"
            let golden = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
            if golden != actual, FileManager.default.isWritableFile(atPath: TestDatabase.repository) {
                try actual.write(toFile: path + ".actual")
            }
            #expect(golden == actual, "compare with database-privileges.txt.actual beside it")
        }
    }

    @Test func everyTableForcesRowSecurityUnlessItIsOnTheClosedList() async throws {
        try await TestDatabase.with { test in
            let session = try await test.superuser()
            #expect(try await Catalog.tablesWithoutIsolation(session) == Catalog.closedList)
        }
    }

    /// The check above would notice: it is tried on a table that lost each of its protections.
    @Test(
        arguments: [
            "ALTER TABLE credentials NO FORCE ROW LEVEL SECURITY", "ALTER TABLE credentials DISABLE ROW LEVEL SECURITY",
            "DROP POLICY organization ON credentials",
        ] as [StaticString]
    )
    func aTableWithoutOneOfItsProtectionsIsFound(_ sabotage: StaticString) async throws {
        try await TestDatabase.with { test in
            let session = try await test.superuser()
            try await session.execute(SQL(stringLiteral: sabotage))
            #expect(try await Catalog.tablesWithoutIsolation(session) == Catalog.closedList.union(["credentials"]))
        }
    }

    @Test func everyKeyOfAnOrganizationTableBeginsWithTheOrganization() async throws {
        try await TestDatabase.with { test in
            let session = try await test.superuser()
            let rows = try await session.query(
                """
                SELECT c.relname || '.' || i.relname AS name FROM pg_index x
                JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
                WHERE c.relnamespace = 'public'::regnamespace AND x.indisunique AND a.attname <> 'organization_id'
                    AND EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attname = 'organization_id')
                """
            )
            // A journal frame's name is unique in the deployment, and says nothing about an organization.
            #expect(try rows.map { try $0.get("name", as: String.self) } == ["audit_intake.audit_intake_pkey"])
        }
    }

    @Test func noRoleIsSuperuserOrBypassesRowSecurityAndTheOwnerCannotLogIn() async throws {
        try await TestDatabase.with { test in
            let session = try await test.superuser()
            let rows = try await session.query(
                """
                SELECT rolname::text AS name, rolcanlogin FROM pg_roles
                WHERE rolname LIKE 'keyreeve%' AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole
                    AND NOT rolcreatedb AND NOT rolreplication
                """
            )
            let logins = try rows.filter { try $0.get("rolcanlogin") }.map { try $0.get("name", as: String.self) }
            #expect(rows.count == 8)
            #expect(Set(logins) == Set(DatabaseRole.allCases.map(\.rawValue)))
        }
    }

    @Test func theServersRolesMayOnlyConnectAndUseTheSchema() async throws {
        try await TestDatabase.with { test in
            let session = try await test.superuser()
            for role in DatabaseRole.allCases where role != .migrate {
                let row = try #require(
                    try await session.query(
                        """
                        SELECT has_schema_privilege(\(role.rawValue)::name, 'public', 'CREATE') AS creates,
                            pg_has_role(\(role.rawValue)::name, 'keyreeve_owner', 'MEMBER') AS owns,
                            has_database_privilege(\(role.rawValue)::name, current_database(), 'TEMP') AS temp
                        """
                    ).first
                )
                #expect(try row.get("creates") == false, "\(role)")
                #expect(try row.get("owns") == false, "\(role)")
                #expect(try row.get("temp") == (role == .ship), "\(role)")
            }
        }
    }
}

/// Questions to the catalogue.
enum Catalog {
    /// Tables that belong to the deployment and to no organization.
    static let closedList: Set<String> = ["audit_arrivals", "deployments", "schema_migrations", "signing_keys"]

    static let privileges: SQL = """
        SELECT line FROM (
            SELECT t.role || ' ' || t.relname || ': ' || string_agg(t.privilege, ', ' ORDER BY t.privilege) AS line
            FROM (
                SELECT r.rolname AS role, c.relname, a.privilege_type AS privilege
                FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
                LEFT JOIN pg_roles r ON r.oid = a.grantee
                WHERE c.relnamespace = 'public'::regnamespace AND r.rolname IS DISTINCT FROM 'keyreeve_owner'
                UNION ALL
                SELECT r.rolname, c.relname,
                    a.privilege_type || '(' || string_agg(t.attname, ' ' ORDER BY t.attnum) || ')'
                FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid CROSS JOIN LATERAL aclexplode(t.attacl) a
                LEFT JOIN pg_roles r ON r.oid = a.grantee
                WHERE c.relnamespace = 'public'::regnamespace AND r.rolname IS DISTINCT FROM 'keyreeve_owner'
                GROUP BY r.rolname, c.relname, a.privilege_type
                UNION ALL
                SELECT coalesce(r.rolname, 'PUBLIC'), p.proname || '()', a.privilege_type
                FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                LEFT JOIN pg_roles r ON r.oid = a.grantee
                WHERE p.pronamespace = 'public'::regnamespace AND r.rolname IS DISTINCT FROM 'keyreeve_owner'
            ) t
            GROUP BY t.role, t.relname
        ) x ORDER BY line COLLATE "C"
        """

    /// Tables that lack row-level security, its force, or a policy for anyone but the owner.
    static func tablesWithoutIsolation(_ session: PostgresSession) async throws -> Set<String> {
        let rows = try await session.query(
            """
            SELECT c.relname::text AS name FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
                    SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname IN ('organization', 'sequence')))
            """
        )
        return Set(try rows.map { try $0.get("name", as: String.self) })
    }
}

extension String {
    fileprivate func write(toFile path: String) throws {
        try Data(utf8).write(to: URL(filePath: path))
    }
}
