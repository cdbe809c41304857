package import Audit
import FoundationEssentials
import Model
package import Postgres
import Synchronization

/// Puts journal frames into the intake, each once.
package enum AuditIntake {
    /// Makes the table that `insert` copies into, once for a session: one for each shipment would fill Postgres' catalogue
    /// with the dead. It exists because COPY cannot fill a table with row-level security.
    package static func prepare(_ session: PostgresSession) async throws {
        try await session.execute(
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS shipment (
                organization_id uuid, node_id uuid, incarnation uuid, sequence bigint, record bytea
            ) ON COMMIT DELETE ROWS
            """
        )
    }

    /// In one transaction on a prepared session: COPY into its table, from there what is new, and a comparison of what
    /// is not.
    package static func insert(_ frames: [JournalFrame], on session: PostgresSession) async throws {
        let different = try await session.transaction(synchronousCommit: .on) { session -> Row? in
            try await session.copyIn(
                "COPY shipment (organization_id, node_id, incarnation, sequence, record) FROM STDIN (FORMAT binary)",
                rows: frames.map(fields)
            )
            let inserted = try await session.execute(
                """
                INSERT INTO audit_intake (organization_id, node_id, incarnation, sequence, record)
                SELECT organization_id, node_id, incarnation, sequence, record FROM shipment
                ON CONFLICT (node_id, incarnation, sequence) DO NOTHING
                """
            )
            guard inserted < frames.count else { return nil }
            return try await session.query(
                """
                SELECT s.node_id, s.incarnation, s.sequence FROM shipment s
                JOIN audit_intake i ON i.node_id = s.node_id AND i.incarnation = s.incarnation
                    AND i.sequence = s.sequence
                WHERE i.digest <> sha256(s.record) ORDER BY s.sequence LIMIT 1
                """
            ).first
        }
        guard let different else { return }
        throw AuditAlarm.differentBytes(
            JournalKey(
                node: try different.get("node_id"),
                incarnation: try different.get("incarnation"),
                sequence: try different.get("sequence")
            )
        )
    }

    private static func fields(of frame: JournalFrame) -> [CopyField] {
        [
            .uuid((frame.organization ?? .platform).uuid), .uuid(frame.key.node), .uuid(frame.key.incarnation),
            .int8(frame.key.sequence), .bytes(frame.bytes),
        ]
    }
}

extension ServerIdentity {
    /// The server that this process shipped to last.
    final class Memory: Sendable {
        private let last = Mutex<ServerIdentity?>(nil)

        /// True for the first server, since the journal knows what it released to it.
        func isSame(_ identity: ServerIdentity) -> Bool {
            last.withLock { last in
                defer { last = identity }
                return last.map { $0 == identity } ?? true
            }
        }
    }
}
