package import Postgres

/// One small pool per database role. The composition root makes it and hands each part the one pool it needs.
package struct Database: Sendable {
    package let app: PostgresPool
    package let snapshot: PostgresPool
    package let ship: PostgresPool
    package let sequence: PostgresPool
    package let auditReader: PostgresPool

    /// `conninfo` answers with the connection string for a role, for example `DatabaseRole.app`.
    package init(appSize: Int = 8, conninfo: (DatabaseRole) -> String) {
        // People wait for these statements: one that takes seconds is better refused than waited for.
        let settings = SessionSettings(statementTimeout: .seconds(5))
        func pool(_ role: DatabaseRole, _ size: Int) -> PostgresPool {
            PostgresPool(conninfo: conninfo(role), expectedRole: role.rawValue, size: size, settings: settings)
        }
        app = pool(.app, appSize)
        // One session listens for changes, two load.
        snapshot = pool(.snapshot, 3)
        ship = pool(.ship, 1)
        sequence = pool(.sequence, 1)
        auditReader = pool(.auditReader, 2)
    }

    package func close() async {
        for pool in [app, snapshot, ship, sequence, auditReader] { await pool.close() }
    }
}

/// The LOGIN roles of `deploy/roles.sql`.
package enum DatabaseRole: String, Sendable, CaseIterable {
    case migrate = "keyreeve_migrate"
    case app = "keyreeve_app"
    case snapshot = "keyreeve_snapshot"
    case ship = "keyreeve_ship"
    case sequence = "keyreeve_sequence"
    case auditReader = "keyreeve_audit_reader"
    case retention = "keyreeve_retention"
}
