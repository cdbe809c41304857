package import Audit
package import Credentials
package import Cryptography
package import FoundationEssentials
package import Model
package import Postgres

/// A stored credential without its value.
package struct CredentialSummary: Hashable, Sendable {
    package let name: CredentialName
    package let generation: Int64
    package let fingerprint: String
    package let updatedAt: Date
}

/// Credentials of an organization, sealed on their way in. Nothing here gives a value back.
package struct CredentialRepository: Sendable {
    private let app: PostgresPool
    private let sealer: Sealer

    package init(app: PostgresPool, sealer: Sealer) {
        self.app = app
        self.sealer = sealer
    }

    /// By name, without deleted ones.
    package func all(in scope: OrganizationScope) async throws -> [CredentialSummary] {
        let rows = try await app.read(
            in: scope,
            """
            SELECT name, generation, fingerprint, updated_at FROM credentials
            WHERE sealed IS NOT NULL ORDER BY name
            """
        )
        return try rows.map(CredentialSummary.init(row:))
    }

    /// Sets a value under a new generation.
    package func set(
        _ name: CredentialName,
        to value: Secret,
        in scope: OrganizationScope,
        record: (CredentialSummary) -> AuditRecord
    ) async throws -> Published<CredentialSummary> {
        try await app.publish(in: scope) { transaction in
            // The row lock orders writers, so that a generation is given out once.
            _ = try await transaction.lockOrganization()
            let generation = try await transaction.nextGeneration(of: name)
            let key = try await dataKey(transaction)
            let location = SealLocation.credential(name, generation: generation, of: scope.organization)
            let sealed = try sealer.seal(value, at: location, dataKey: key.id, wrapped: key.wrapped)
            let summary = CredentialSummary(
                name: name,
                generation: generation,
                fingerprint: try sealer.fingerprint(of: value, organization: scope.organization),
                updatedAt: Date()
            )
            try await transaction.execute(
                """
                INSERT INTO credentials
                    (organization_id, name, generation, sealed, data_key_id, fingerprint, updated_at)
                VALUES (\(scope.organization), \(name), \(generation), \(sealed.bytes), \(key.id),
                    \(summary.fingerprint), \(summary.updatedAt))
                ON CONFLICT (organization_id, name) DO UPDATE
                SET generation = excluded.generation, sealed = excluded.sealed, data_key_id = excluded.data_key_id,
                    fingerprint = excluded.fingerprint, updated_at = excluded.updated_at
                """
            )
            try await transaction.record(record(summary))
            return summary
        }
    }

    /// Destroys the value; `notFound` when there is none.
    package func delete(
        _ name: CredentialName,
        in scope: OrganizationScope,
        record: AuditRecord
    ) async throws -> Published<Void> {
        try await app.publish(in: scope) { transaction in
            let deleted = try await transaction.execute(
                """
                UPDATE credentials SET sealed = NULL, data_key_id = NULL, fingerprint = NULL,
                    generation = generation + 1, updated_at = now()
                WHERE name = \(name) AND sealed IS NOT NULL
                """
            )
            guard deleted == 1 else { throw Failure.notFound }
            try await transaction.record(record)
        }
    }

    /// The organization's newest data key, made at the first need.
    private func dataKey(_ transaction: OrganizationTransaction) async throws -> (id: DataKeyID, wrapped: [UInt8]) {
        let rows = try await transaction.query(
            "SELECT id, wrapped FROM data_keys ORDER BY created_at DESC, id LIMIT 1"
        )
        if let row = rows.first { return (try row.get("id"), try row.get("wrapped")) }
        let (id, wrapped) = try sealer.newDataKey(for: transaction.organization)
        try await transaction.execute(
            """
            INSERT INTO data_keys (organization_id, id, wrapped)
            VALUES (\(transaction.organization), \(id), \(wrapped))
            """
        )
        return (id, wrapped)
    }
}

extension OrganizationTransaction {
    fileprivate func nextGeneration(of name: CredentialName) async throws -> Int64 {
        let rows = try await query("SELECT generation FROM credentials WHERE name = \(name)")
        guard let row = rows.first else { return 1 }
        let (next, overflows) = try row.get("generation", as: Int64.self).addingReportingOverflow(1)
        guard !overflows else { throw Failure.conflict }
        return next
    }
}

extension CredentialSummary {
    init(row: Row) throws {
        name = try row.get("name")
        generation = try row.get("generation")
        fingerprint = try row.get("fingerprint")
        updatedAt = try row.get("updated_at")
    }
}
