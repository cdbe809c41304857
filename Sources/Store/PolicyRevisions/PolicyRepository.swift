package import Audit
import Cryptography
import FoundationEssentials
package import Model
package import Policy
package import Postgres

/// Policy revisions of an organization.
package struct PolicyRepository: Sendable {
    private let app: PostgresPool

    package init(app: PostgresPool) { self.app = app }

    /// The number of the revision in force, which a plan is made against; 0 before the first apply.
    package func currentNumber(in scope: OrganizationScope) async throws -> Int64 {
        let rows = try await app.read(
            in: scope,
            "SELECT current_revision FROM organizations WHERE id = \(scope.organization)"
        )
        guard let row = rows.first else { throw Failure.notFound }
        return try row.get("current_revision")
    }

    /// The revision in force; nil before the first apply.
    package func current(in scope: OrganizationScope) async throws -> PolicyRevision? {
        let rows = try await app.read(
            in: scope,
            """
            SELECT r.number, r.documents::text AS documents, r.digest, r.author_kind, r.author_id, r.applied_at
            FROM organizations o JOIN policy_revisions r ON r.organization_id = o.id AND r.number = o.current_revision
            WHERE o.id = \(scope.organization)
            """
        )
        return try rows.first.map(PolicyRevision.init(row:))
    }

    /// `notFound` for a number that was never given out here.
    package func revision(_ number: Int64, in scope: OrganizationScope) async throws -> PolicyRevision {
        let rows = try await app.read(
            in: scope,
            """
            SELECT number, documents::text AS documents, digest, author_kind, author_id, applied_at
            FROM policy_revisions WHERE number = \(number)
            """
        )
        guard let row = rows.first else { throw Failure.notFound }
        return try PolicyRevision(row: row)
    }

    /// Newest first; `before` is a number from an earlier page.
    package func history(
        in scope: OrganizationScope,
        before: Int64? = nil,
        limit: Int = 50
    ) async throws -> [PolicyRevisionSummary] {
        let rows = try await app.read(
            in: scope,
            """
            SELECT number, digest, author_kind, author_id, applied_at FROM policy_revisions
            WHERE number < \(before ?? .max) ORDER BY number DESC LIMIT \(min(max(limit, 1), 500))
            """
        )
        return try rows.map(PolicyRevisionSummary.init(row:))
    }

    /// Stores a revision and puts it in force: documents, rows, record and change version in one transaction, which is
    /// on disk (and on the synchronous standby) when this returns.
    ///
    /// `base` is the number that the author saw as current; `conflict` when another apply came between. `policy` is
    /// what the documents compile to.
    package func apply(
        _ documents: [String: String],
        policy: PolicySet,
        base: Int64,
        by author: Principal,
        in scope: OrganizationScope,
        record: (Int64) -> AuditRecord
    ) async throws -> AppliedRevision {
        let rows = PolicyRows(policy)
        let text = try DocumentsText.encode(documents)
        let published = try await app.publish(in: scope) { transaction in
            let locked = try await transaction.lockOrganization()
            guard locked.currentRevision == base else { throw Failure.conflict }
            let (number, overflows) = base.addingReportingOverflow(1)
            guard !overflows else { throw Failure.conflict }
            try await transaction.execute(
                """
                INSERT INTO policy_revisions (organization_id, number, documents, digest, author_kind, author_id)
                VALUES (\(scope.organization), \(number), \(text)::jsonb, \(policy.digest.bytes),
                    \(author.subject.kind), \(author.subject.id))
                """
            )
            try await transaction.insert(rows, revision: number)
            try await transaction.execute(
                "UPDATE organizations SET current_revision = \(number) WHERE id = \(scope.organization)"
            )
            try await transaction.record(record(number))
            return number
        }
        return AppliedRevision(revision: published.value, changeVersion: published.changeVersion)
    }
}

extension OrganizationTransaction {
    fileprivate func insert(_ rows: PolicyRows, revision: Int64) async throws {
        let providers: [SQL] = rows.providers.map { row in
            let definition = row.definition
            return """
                (\(organization), \(revision), \(row.profile), \(definition.id), \(definition.name),
                    \(definition.baseURL), \(definition.wireAPI.rawValue), \(definition.broker.access.rawValue),
                    \(definition.broker.credential))
                """
        }
        for batch in providers.batches() {
            let values = SQL.joined(batch, separator: ", ")
            try await execute(
                """
                INSERT INTO providers (organization_id, revision, profile, provider, name, base_url, wire_api, access,
                    credential)
                VALUES \(values)
                """
            )
        }
        let logins: [SQL] = rows.logins.map { row in
            """
            (\(organization), \(revision), \(row.profile), \(row.policy.forcedMethod?.rawValue),
                \(row.policy.methods?.map(\.rawValue)), \(row.policy.allowedWorkspaces),
                \(row.policy.credentialsStore?.rawValue), \(row.policy.signOutOthers), \(row.sessionStore.rawValue))
            """
        }
        for batch in logins.batches() {
            let values = SQL.joined(batch, separator: ", ")
            try await execute(
                """
                INSERT INTO forced_login_policies (organization_id, revision, profile, forced_method, allowed_methods,
                    allowed_workspaces, credentials_store, sign_out_others, session_store)
                VALUES \(values)
                """
            )
        }
    }
}

extension [SQL] {
    /// A statement takes 65,535 parameters at most; a thousand rows stay far below.
    fileprivate func batches() -> [[SQL]] {
        stride(from: 0, to: count, by: 1000).map { Array(self[$0..<Swift.min($0 + 1000, count)]) }
    }
}

extension PolicyRevision {
    init(row: Row) throws {
        summary = try PolicyRevisionSummary(row: row)
        documents = try DocumentsText.decode(row.get("documents"))
    }
}

extension PolicyRevisionSummary {
    init(row: Row) throws {
        number = try row.get("number")
        guard let digest = Digest(bytes: try row.get("digest")) else { throw Failure.internalError }
        self.digest = digest
        authorKind = try row.get("author_kind")
        authorID = try row.get("author_id")
        appliedAt = try row.get("applied_at")
    }
}
