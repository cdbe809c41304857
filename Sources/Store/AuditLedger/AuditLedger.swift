import Model
import Postgres

/// The one statement by which records enter the ledger.
enum AuditLedger {
    /// Arrivals of one transaction; each is a shipment or an admin change.
    private static let mostArrivals = 64
    /// Frames of one transaction, some more where a single arrival has more: a fraction of a second's work, far from
    /// the statement timeout, however long the backlog is.
    private static let mostFrames = 5000

    /// Moves the oldest arrivals; true when there may be more.
    static func sequence(on session: PostgresSession) async throws -> Bool {
        try await session.transaction(synchronousCommit: .on) { session in
            let rows = try await session.query(
                """
                SELECT id FROM (
                    SELECT id, row_number() OVER arrival AS number,
                        sum(last_sequence - first_sequence + 1) OVER arrival AS frames
                    FROM (SELECT * FROM audit_arrivals ORDER BY id LIMIT \(mostArrivals)) oldest
                    WINDOW arrival AS (ORDER BY id)
                ) counted
                WHERE number = 1 OR frames <= \(mostFrames) ORDER BY id
                """
            )
            guard !rows.isEmpty else { return false }
            let arrivals = try rows.map { try $0.get("id", as: Int64.self) }
            try await session.execute(movement(of: arrivals))
            try await session.execute("DELETE FROM audit_arrivals WHERE id = ANY(\(arrivals))")
            return true
        }
    }

    /// Numbers continue each organization's head without a gap. A frame that is in the ledger already (it was shipped
    /// again after the intake released it) is passed over; one that two arrivals cover is taken once.
    private static func movement(of arrivals: [Int64]) -> SQL {
        """
        WITH fresh AS (
            SELECT DISTINCT ON (i.node_id, i.incarnation, i.sequence)
                a.id AS arrival, i.organization_id, i.node_id, i.incarnation, i.sequence, i.record
            FROM audit_arrivals a
            JOIN audit_intake i ON i.node_id = a.node_id AND i.incarnation = a.incarnation
                AND i.sequence BETWEEN a.first_sequence AND a.last_sequence
            WHERE a.id = ANY(\(arrivals)) AND NOT EXISTS (
                SELECT FROM audit_ledger l
                WHERE l.organization_id = i.organization_id AND l.node_id = i.node_id
                    AND l.incarnation = i.incarnation AND l.node_sequence = i.sequence
            )
            ORDER BY i.node_id, i.incarnation, i.sequence, a.id
        ), grown AS (
            INSERT INTO audit_heads AS h (organization_id, last_sequence)
            SELECT organization_id, count(*) FROM fresh GROUP BY organization_id
            ON CONFLICT (organization_id) DO UPDATE SET last_sequence = h.last_sequence + excluded.last_sequence
            RETURNING h.organization_id, h.last_sequence
        )
        INSERT INTO audit_ledger (
            organization_id, sequence, node_id, incarnation, node_sequence, record, id, at, kind, intent, actor_kind,
            actor_id, session, request_id, profile, provider, operation, model, decision, reason, target, status,
            upstream_status, input_tokens, output_tokens, cached_tokens, request_bytes, response_bytes, duration_ms
        )
        SELECT f.organization_id,
            g.last_sequence - count(*) OVER (PARTITION BY f.organization_id)
                + row_number() OVER (PARTITION BY f.organization_id ORDER BY f.arrival, f.incarnation, f.sequence),
            f.node_id, f.incarnation, f.sequence, f.record, c.id, c.at, c.kind, c.intent, c.actor_kind, c.actor_id,
            c.session, c.request_id, c.profile, c.provider, c.operation, c.model, c.decision, c.reason, c.target,
            c.status, c.upstream_status, c.input_tokens, c.output_tokens, c.cached_tokens, c.request_bytes,
            c.response_bytes, c.duration_ms
        FROM fresh f
        JOIN grown g ON g.organization_id = f.organization_id
        CROSS JOIN LATERAL audit_columns(f.record) c
        """
    }
}
