package import Logging
package import Model
package import Policy
import Postgres
import ServiceLifecycle
import Synchronization

/// Keeps the snapshots current: hears of changes by NOTIFY, and polls the change versions every second, which is the
/// guarantee. What cannot be loaded or compiled leaves the last good snapshot serving.
package final class SnapshotRefresher: Service {
    private let repository: SnapshotRepository
    private let holder: SnapshotHolder
    private let logger: Logger
    private let pollInterval: Duration
    /// How often everything is loaded whatever its version says. It finds only what time alone changed, such as role
    /// grants that ended.
    private let sweepInterval: Duration
    private let state = Mutex(State())

    private struct State {
        /// Change versions whose documents were refused, so that one refusal is one line in the log.
        var refused: [OrganizationID: Int64] = [:]
        var isAway = false
    }

    package init(
        repository: SnapshotRepository,
        holder: SnapshotHolder,
        logger: Logger,
        pollInterval: Duration = .seconds(1),
        sweepInterval: Duration = .seconds(300)
    ) {
        self.repository = repository
        self.holder = holder
        self.logger = logger
        self.pollInterval = pollInterval
        self.sweepInterval = sweepInterval
    }

    /// Organizations whose newest revision was refused by the compiler; an older one serves.
    package var refusedOrganizations: [OrganizationID] { state.withLock { $0.refused.keys.sorted() } }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.follow()
                // Only reached when the database went away, or at the end.
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Loads everything that is newer in the database. Throws when the database cannot be asked.
    package func refresh() async throws { try await refresh(everything: false) }

    private func refresh(everything: Bool) async throws {
        do {
            let versions = try await repository.versions()
            for (id, organization) in holder.current.organizations where versions[id] == nil {
                logger.info("organization gone", metadata: ["organization.name": "\(organization.name)"])
                holder.remove(id)
            }
            for (id, version) in versions.sorted(by: { $0.key < $1.key }) {
                let present = holder.current.organization(id)?.changeVersion
                let isKnown = !everything && present.map { $0 >= version } ?? false
                guard !isKnown, state.withLock({ $0.refused[id] != version }) else { continue }
                try await load(id, version: version)
            }
            holder.verified(at: .now)
            came()
        } catch {
            holder.verificationFailed()
            throw error
        }
    }

    /// Loads one organization now, so that a change that this server made holds here before its answer leaves.
    package func refresh(_ organization: OrganizationID) async throws {
        try await load(organization, version: nil)
    }

    /// Listens, and polls between; returns when the database goes away.
    private func follow() async {
        do {
            try await repository.snapshot.withSession { session in
                try await session.listen("keyreeve_change")
                var nextSweep = ContinuousClock.now.advanced(by: sweepInterval)
                while !Task.isCancelled {
                    let isDue = ContinuousClock.now >= nextSweep
                    try await refresh(everything: isDue)
                    if isDue { nextSweep = ContinuousClock.now.advanced(by: sweepInterval) }
                    _ = try await session.nextNotification(timeout: pollInterval)
                }
            }
        } catch {
            holder.verificationFailed()
            if !Task.isCancelled { went(error) }
        }
    }

    /// A database error is thrown; anything else is the compiler's refusal of this one organization.
    private func load(_ id: OrganizationID, version: Int64?) async throws {
        do {
            guard let organization = try await repository.load(id) else { return holder.remove(id) }
            holder.replace(organization)
            state.withLock { $0.refused[id] = nil }
        } catch let error as PostgresError {
            throw error
        } catch {
            if let version { state.withLock { $0.refused[id] = version } }
            logger.error(
                "policy revision refused, the last good one serves",
                metadata: ["organization.id": "\(id)", "error": "\(error)"]
            )
        }
    }

    private func came() {
        let isNew = state.withLock { state in
            defer { state.isAway = false }
            return state.isAway
        }
        if isNew { logger.notice("database is back, snapshots are current") }
    }

    private func went(_ error: any Error) {
        let isNew = state.withLock { state in
            defer { state.isAway = true }
            return !state.isAway
        }
        if isNew {
            logger.warning("database is away, serving from snapshots", metadata: ["error": "\(error)"])
        }
    }
}
