import Audit
import FoundationEssentials
import Model
import Postgres

/// One transaction inside one organization: row-level security knows which, and nothing here can say another.
struct OrganizationTransaction: Sendable {
    let session: PostgresSession
    let organization: OrganizationID

    /// Sets the context for the time of the transaction. Inside this file and `OrganizationRepository` only.
    func enter(_ organization: OrganizationID) async throws {
        _ = try await session.query(Self.context(organization))
    }

    static func context(_ organization: OrganizationID) -> SQL {
        "SELECT set_config('keyreeve.organization', \(organization), true)"
    }

    @discardableResult
    func query(_ statement: SQL) async throws -> [Row] { try await session.query(statement) }

    @discardableResult
    func execute(_ statement: SQL) async throws -> Int { try await session.execute(statement) }

    /// Writes a record of what this transaction does, to be committed with it or not at all.
    func record(_ record: AuditRecord) async throws {
        try await execute(Self.insertion(of: record))
    }

    static func insertion(of record: AuditRecord) -> SQL {
        """
        INSERT INTO audit_intake (organization_id, node_id, incarnation, sequence, record)
        VALUES (\(record.organization ?? .platform), '00000000-0000-0000-0000-000000000000', \(UUID()), 0,
            \(record.canonicalBytes))
        """
    }

    /// Takes the organization's row lock. A missing organization and a foreign one are both `notFound`.
    func lockOrganization() async throws -> LockedOrganization {
        let rows = try await query(
            """
            SELECT change_version, current_revision FROM organizations
            WHERE id = \(organization) FOR NO KEY UPDATE
            """
        )
        guard let row = rows.first else { throw Failure.notFound }
        return LockedOrganization(
            changeVersion: try row.get("change_version"),
            currentRevision: try row.get("current_revision")
        )
    }

    /// Makes tokens minted so far for this subject void, once the snapshots have it. Returns the new epoch.
    @discardableResult
    func raiseEpoch(_ kind: EpochKind, of subject: UUID) async throws -> Int64 {
        let rows = try await query(
            """
            INSERT INTO epochs AS e (organization_id, kind, subject_id, epoch)
            VALUES (\(organization), \(kind), \(subject), 1)
            ON CONFLICT (organization_id, kind, subject_id)
            DO UPDATE SET epoch = e.epoch + 1, changed_at = now()
            RETURNING epoch
            """
        )
        guard let row = rows.first else { throw Failure.internalError }
        return try row.get("epoch")
    }

    /// The last statement of every change that a snapshot must see. The row lock orders versions as commits, so a
    /// reader that sees version n sees every change up to n.
    func publish() async throws -> Int64 {
        let rows = try await query(
            """
            UPDATE organizations SET change_version = change_version + 1
            WHERE id = \(organization)
            RETURNING change_version,
                pg_notify('keyreeve_change', \(organization.description)::text || ' ' || change_version)
            """
        )
        guard let row = rows.first else { throw Failure.notFound }
        return try row.get("change_version")
    }
}

struct LockedOrganization: Sendable {
    let changeVersion: Int64
    let currentRevision: Int64
}

/// What an epoch counts for; the raw value stands in the table.
package enum EpochKind: String, Sendable, CaseIterable {
    case organization
    case user
    case session
    case serviceAccount = "service_account"
}
