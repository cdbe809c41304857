package import Logging
package import Postgres
import ServiceLifecycle

/// Gives every organization's records their dense sequence: intake → ledger, in order of arrival.
///
/// Any server may run one; an advisory lock lets one of them work, and it is held by the very session that writes, so a
/// leader that lost it has lost its transaction too.
package final class AuditSequencer: Service {
    private let sequence: PostgresPool
    private let pollInterval: Duration
    private let outage: Outage

    private static let lock: Int64 = 0x6B72_765F_7365_71

    package init(sequence: PostgresPool, logger: Logger, pollInterval: Duration = .milliseconds(100)) {
        self.sequence = sequence
        self.pollInterval = pollInterval
        outage = Outage("audit sequencing", logger: logger)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.sequence.withSession { session in try await self.lead(session) }
                } catch {
                    guard !Task.isCancelled else { return }
                    try? await Task.sleep(for: self.outage.began(error))
                }
            }
        }
    }

    private func lead(_ session: PostgresSession) async throws {
        try await session.listen("keyreeve_intake")
        var isLeader = false
        while !Task.isCancelled {
            if !isLeader { isLeader = try await takeLead(session) }
            var isBusy = isLeader
            while isBusy, !Task.isCancelled { isBusy = try await AuditLedger.sequence(on: session) }
            outage.ended()
            // A follower looks for a vacancy less often than a leader for work.
            _ = try await session.nextNotification(timeout: isLeader ? pollInterval : .seconds(1))
        }
    }

    private func takeLead(_ session: PostgresSession) async throws -> Bool {
        let rows = try await session.query("SELECT pg_try_advisory_lock(\(Self.lock)) AS taken")
        return try rows.first?.get("taken") ?? false
    }
}
