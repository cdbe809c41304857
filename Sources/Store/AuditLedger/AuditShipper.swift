package import Audit
import FoundationEssentials
package import Logging
import Model
package import Postgres
import ServiceLifecycle
import Synchronization

/// Brings what is durable in this server's journal into the audit intake, in order, again and again until it is there.
///
/// A frame that is in the intake already with the same bytes is a duplicate and fine. One with other bytes means that a
/// key was used twice: that is an alarm, and this shipper stops, so that nothing is released.
package final class AuditShipper: Service {
    private let journal: Journal
    private let ship: PostgresPool
    private let logger: Logger
    private let batchSize: Int
    private let gathering: Duration
    private let outage: Outage
    private let stopped = Mutex<AuditAlarm?>(nil)

    /// - Parameter gathering: How long what became durable waits for more, so that a busy server ships twenty
    ///   transactions a second and not hundreds. A record is to be found within a second.
    package init(
        journal: Journal,
        ship: PostgresPool,
        logger: Logger,
        batchSize: Int = 2000,
        gathering: Duration = .milliseconds(50)
    ) {
        self.journal = journal
        self.ship = ship
        self.logger = logger
        self.batchSize = batchSize
        self.gathering = gathering
        outage = Outage("audit shipping", logger: logger)
    }

    /// What stopped this shipper for good; the server then goes on until its journal is full, and readiness says why.
    package var alarm: AuditAlarm? { stopped.withLock { $0 } }

    /// Ends with graceful shutdown, after shipping everything durable once more if the database lets us.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            guard let alarm = await self.follow() else { return }
            self.stopped.withLock { $0 = alarm }
            // Not an error of the process: whoever looks into it finds the server as it is.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
        }
        if alarm == nil { await shipRest() }
    }

    private func follow() async -> AuditAlarm? {
        while !Task.isCancelled {
            do {
                try await ship.withSession { session in try await follow(session) }
            } catch let alarm as AuditAlarm {
                logger.critical("audit shipping stopped", metadata: ["error": "\(alarm)"])
                return alarm
            } catch {
                guard !Task.isCancelled else { return nil }
                try? await Task.sleep(for: outage.began(error))
            }
        }
        return nil
    }

    /// Ships on one session until it fails. After a failover the new primary may lack what the old one had, so a change
    /// of system or timeline starts from the oldest frame that is kept.
    private func follow(_ session: PostgresSession) async throws {
        var position = try await isSameServer(session) ? journal.released : nil
        try await AuditIntake.prepare(session)
        while !Task.isCancelled {
            let (count, end) = try await shipBatch(after: position, on: session)
            position = end ?? position
            outage.ended()
            // A full batch means a backlog, which is shipped as fast as it goes.
            guard count < batchSize else { continue }
            if await journal.waitForDurable(after: position, timeout: .seconds(5)) {
                try? await Task.sleep(for: gathering)
            }
        }
    }

    private let server = ServerIdentity.Memory()

    private func isSameServer(_ session: PostgresSession) async throws -> Bool {
        server.isSame(try await ServerIdentity.current(session))
    }

    /// Returns how many frames were shipped, and the position behind the last of them.
    private func shipBatch(
        after position: JournalPosition?,
        on session: PostgresSession
    ) async throws -> (count: Int, end: JournalPosition?) {
        let frames = try journal.readDurable(after: position, limit: batchSize)
        guard let last = frames.last else { return (0, nil) }
        try await AuditIntake.insert(frames, on: session)
        journal.release(through: last.position)
        return (frames.count, last.position)
    }

    private func shipRest() async {
        do {
            try await ship.withSession { session in
                try await AuditIntake.prepare(session)
                var position = journal.released
                while let next = try await shipBatch(after: position, on: session).end { position = next }
            }
        } catch {
            // It stays in the journal; the next start ships it.
            logger.notice("journal keeps records for the next start", metadata: ["error": "\(error)"])
        }
    }
}

/// Something about the audit that nobody may overlook.
package enum AuditAlarm: Error, Hashable, Sendable {
    /// The intake has other bytes under a frame's key.
    case differentBytes(JournalKey)
}

/// Which database cluster, on which timeline.
struct ServerIdentity: Hashable, Sendable {
    let system: String
    let timeline: Int64

    static func current(_ session: PostgresSession) async throws -> ServerIdentity {
        let rows = try await session.query(
            """
            SELECT s.system_identifier::text AS system, c.timeline_id::bigint AS timeline
            FROM pg_control_system() s, pg_control_checkpoint() c
            """
        )
        guard let row = rows.first else { throw Failure.internalError }
        return ServerIdentity(system: try row.get("system"), timeline: try row.get("timeline"))
    }
}
