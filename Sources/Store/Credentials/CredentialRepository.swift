package import Audit
package import Credentials
package import Cryptography
package import FoundationEssentials
package import Model
package import Policy
package import Postgres

/// A stored credential without its value.
package struct CredentialSummary: Hashable, Sendable {
    package let name: CredentialName
    package let generation: Int64
    /// Where it may be sent.
    package let destinations: CredentialDestinations
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
            SELECT name, generation, destinations, fingerprint, updated_at FROM credentials
            WHERE sealed IS NOT NULL ORDER BY name
            """
        )
        return try rows.map(CredentialSummary.init(row:))
    }

    /// Sets a value under a new generation. Without destinations it keeps those of the value it replaces, once these
    /// are proven to be what that value was sealed with; `destinationRequired` where there are none.
    package func set(
        _ name: CredentialName,
        to value: Secret,
        for destinations: CredentialDestinations?,
        in scope: OrganizationScope,
        record: (CredentialSummary) -> AuditRecord
    ) async throws -> Published<CredentialSummary> {
        try await app.publish(in: scope) { transaction in
            // The row lock orders writers, so that a generation is given out once.
            _ = try await transaction.lockOrganization()
            let present = try await transaction.presentCredential(name)
            let generation = if let present { try present.nextGeneration() } else { Int64(1) }
            let chosen =
                if let destinations { destinations } else { try proven(present, name, of: scope.organization) }
            let key = try await dataKey(transaction)
            let location = SealLocation.credential(
                name,
                generation: generation,
                destinations: chosen.texts,
                of: scope.organization
            )
            let sealed = try sealer.seal(value, at: location, dataKey: key.id, wrapped: key.wrapped)
            let summary = CredentialSummary(
                name: name,
                generation: generation,
                destinations: chosen,
                fingerprint: try sealer.fingerprint(of: value, organization: scope.organization),
                updatedAt: Date()
            )
            try await transaction.execute(
                """
                INSERT INTO credentials
                    (organization_id, name, generation, destinations, sealed, data_key_id, fingerprint, updated_at)
                VALUES (\(scope.organization), \(name), \(generation), \(chosen.texts), \(sealed.bytes),
                    \(key.id), \(summary.fingerprint), \(summary.updatedAt))
                ON CONFLICT (organization_id, name) DO UPDATE
                SET generation = excluded.generation, destinations = excluded.destinations, sealed = excluded.sealed,
                    data_key_id = excluded.data_key_id, fingerprint = excluded.fingerprint,
                    updated_at = excluded.updated_at
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
                    destinations = '{}', generation = generation + 1, updated_at = now()
                WHERE name = \(name) AND sealed IS NOT NULL
                """
            )
            guard deleted == 1 else { throw Failure.notFound }
            try await transaction.record(record)
        }
    }

    /// The destinations of the present value. They stand in clear, so they count only where the value opens with them:
    /// otherwise whoever writes to the database could choose where the next value goes.
    private func proven(
        _ present: PresentCredential?,
        _ name: CredentialName,
        of organization: OrganizationID
    ) throws -> CredentialDestinations {
        guard let present, let sealed = present.sealed.flatMap({ SealedField(bytes: $0) }),
            let wrapped = present.wrappedDataKey, present.destinations != .none
        else { throw Failure.destinationRequired }
        let location = SealLocation.credential(
            name,
            generation: present.generation,
            destinations: present.destinations.texts,
            of: organization
        )
        do throws(SealError) {
            _ = try sealer.open(sealed, at: location, wrapped: wrapped)
        } catch {
            guard error == .notAuthentic else { throw error }
            throw Failure.destinationRequired
        }
        return present.destinations
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

/// The row that a new value replaces; without a value after a deletion.
private struct PresentCredential {
    let generation: Int64
    let destinations: CredentialDestinations
    let sealed: [UInt8]?
    let wrappedDataKey: [UInt8]?

    func nextGeneration() throws(Failure) -> Int64 {
        let (next, overflows) = generation.addingReportingOverflow(1)
        guard !overflows else { throw .conflict }
        return next
    }
}

extension OrganizationTransaction {
    fileprivate func presentCredential(_ name: CredentialName) async throws -> PresentCredential? {
        let rows = try await query(
            """
            SELECT c.generation, c.destinations, c.sealed, k.wrapped FROM credentials c
            LEFT JOIN data_keys k ON k.organization_id = c.organization_id AND k.id = c.data_key_id
            WHERE c.name = \(name)
            """
        )
        return try rows.first.map { row in
            PresentCredential(
                generation: try row.get("generation"),
                destinations: CredentialDestinations(stored: try row.get("destinations")),
                sealed: try row.get("sealed"),
                wrappedDataKey: try row.get("wrapped")
            )
        }
    }
}

extension CredentialSummary {
    init(row: Row) throws {
        name = try row.get("name")
        generation = try row.get("generation")
        destinations = CredentialDestinations(stored: try row.get("destinations"))
        fingerprint = try row.get("fingerprint")
        updatedAt = try row.get("updated_at")
    }
}
