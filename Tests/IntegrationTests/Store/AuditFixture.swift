import Audit
import FoundationEssentials
import KeyreeveTesting
import Logging
import Model
import Postgres
import Store

/// A journal, a shipper and a sequencer over one test database.
struct AuditFixture: Sendable {
    let store: StoreFixture
    let journal: Journal

    static func with<Value>(_ body: (AuditFixture) async throws -> Value) async throws -> Value {
        try await StoreFixture.with { store in
            let directory = "/tmp/krv-journal-" + UUID().uuidString
            let settings = JournalSettings(segmentBytes: 1 << 20, quotaBytes: 64 << 20)
            let journal = try Journal.open(directory: directory, settings: settings)
            defer {
                journal.close()
                try? FileManager.default.removeItem(atPath: directory)
            }
            return try await body(AuditFixture(store: store, journal: journal))
        }
    }

    var audit: AuditRepository {
        AuditRepository(auditReader: store.test.database.auditReader, people: store.people)
    }

    func whileRunning<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let shipper = AuditShipper(journal: journal, ship: store.test.database.ship, logger: Logger(label: "ship"))
        let sequencer = AuditSequencer(sequence: store.test.database.sequence, logger: Logger(label: "sequence"))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await shipper.run() }
            group.addTask { try await sequencer.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Waits until everything durable is in the ledger.
    func settle() async throws {
        let superuser = try await store.test.superuser()
        _ = try await eventually {
            if let durable = journal.durable, journal.released.map({ $0 < durable }) ?? true { return false }
            return try await isEmpty(superuser)
        }
    }

    func entries(_ query: String, in scope: OrganizationScope) async throws -> [AuditEntry] {
        try await audit.entries(try AuditQuery.parse(query), in: scope).elements
    }

    func ledgerCount() async throws -> Int {
        let rows = try await store.test.superuser().query("SELECT count(*) AS n FROM audit_ledger")
        return try rows.first?.get("n") ?? 0
    }

    func exchange(
        _ organization: OrganizationID,
        profile: String,
        model: String,
        status: Int64,
        actor: UserID
    ) async throws {
        let intent = AuditRecord(
            kind: .relayIntent,
            organization: organization,
            fields: [
                "actor_id": .string(actor.description), "actor_kind": "user", "decision": "allow",
                "model": .string(model), "profile": .string(profile),
            ]
        )
        _ = try await journal.append(intent)
        let outcome = AuditRecord(
            kind: .relayOutcome,
            organization: organization,
            intent: intent.id,
            fields: [
                "duration_ms": 1234, "input_tokens": 10, "output_tokens": 20, "response_bytes": 300,
                "status": .integer(status),
            ]
        )
        _ = try await journal.append(outcome)
    }

    private func isEmpty(_ session: PostgresSession) async throws -> Bool {
        try await session.query("SELECT 1 FROM audit_arrivals LIMIT 1").isEmpty
    }
}
