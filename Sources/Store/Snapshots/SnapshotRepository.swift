import Cryptography
import FoundationEssentials
package import Model
package import Policy
package import Postgres

/// Turns a revision's documents into policy. Given by the composition root, so that the platform's layer, which is not
/// in an organization's documents, is part of it.
package typealias PolicyCompiler = @Sendable (_ documents: [String: String]) throws -> PolicySet

/// Reads what a snapshot is compiled from, as keyreeve_snapshot: of every organization, and never anything else.
package struct SnapshotRepository: Sendable {
    let snapshot: PostgresPool
    private let compile: PolicyCompiler

    package init(snapshot: PostgresPool, compile: @escaping PolicyCompiler) {
        self.snapshot = snapshot
        self.compile = compile
    }

    /// Which organizations there are, and the change version of each.
    package func versions() async throws -> [OrganizationID: Int64] {
        let rows = try await snapshot.withSession { session in
            try await session.query("SELECT id, change_version FROM organizations")
        }
        return try Dictionary(
            rows.map { row in (try row.get("id"), try row.get("change_version")) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Loads one organization in one REPEATABLE READ transaction and compiles it; nil when it does not exist. Throws
    /// what the compiler throws for a revision that it refuses.
    package func load(_ organization: OrganizationID) async throws -> OrganizationSnapshot? {
        let rows = try await snapshot.withSession { session in
            try await session.transaction(isolation: .repeatableRead, readOnly: true) { session in
                try await SnapshotRows.load(organization, session)
            }
        }
        return try rows?.compiled(organization, compile)
    }
}
