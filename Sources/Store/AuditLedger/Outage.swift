import Logging
import Synchronization

/// Says once that something went wrong, and once that it works again; and how long to wait before the next attempt.
final class Outage: Sendable {
    private let logger: Logger
    private let name: String
    private let failures = Mutex(0)

    init(_ name: String, logger: Logger) {
        self.name = name
        self.logger = logger
    }

    func began(_ error: any Error) -> Duration {
        let count = failures.withLock { count in
            count = min(count + 1, 6)
            return count
        }
        if count == 1 {
            logger.warning("\(name) interrupted, will try again", metadata: ["error": "\(error)"])
        }
        // 100 ms, doubling up to 3.2 s.
        return .milliseconds(50 << count)
    }

    func ended() {
        let wasAway = failures.withLock { count in
            defer { count = 0 }
            return count > 0
        }
        if wasAway { logger.notice("\(name) resumed") }
    }
}
