import ServiceLifecycle

/// Keeps the private cluster running: a server that ends is started again, after ever longer pauses. One that keeps
/// ending stops the whole with a sentence.
package struct PrivatePostgresWatch: Service {
    /// What happens more often within a minute is no accident.
    private static let limit = 5

    private let postgres: PrivatePostgres
    private let say: @Sendable (String) -> Void

    /// - Parameter say: Tells the person who watches, a line each.
    package init(_ postgres: PrivatePostgres, say: @escaping @Sendable (String) -> Void) {
        self.postgres = postgres
        self.say = say
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await watch() }
    }

    private func watch() async throws {
        var ends: [ContinuousClock.Instant] = []
        while await Self.pause(.milliseconds(100)) {
            guard !postgres.isRunning else { continue }
            let now = ContinuousClock.now
            ends = ends.filter { $0 > now - .seconds(60) } + [now]
            guard ends.count <= Self.limit else {
                throw PrivatePostgresError(
                    "Postgres ended \(ends.count) times within a minute: see \(postgres.logPath), then start again"
                )
            }
            say("Postgres has ended; starting it again …")
            guard await Self.pause(.milliseconds(500) * (ends.count - 1)) else { return }
            do {
                try await postgres.restart()
                say("Postgres is back.")
            } catch {
                say("\(error)")
            }
        }
    }

    /// False once there is nothing to watch any more.
    private static func pause(_ duration: Duration) async -> Bool {
        (try? await Task.sleep(for: duration)) != nil
    }
}
