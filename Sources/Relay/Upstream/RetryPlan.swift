/// How often a request may be sent again, and when. Retries are spent here and nowhere else: Codex is told not to.
///
/// Decides in values: no clock, no randomness of its own.
struct RetryPlan: Hashable, Sendable {
    enum Trouble: Hashable, Sendable {
        case connect
        /// A kept connection ended without a byte.
        case stale
        /// 502, 503 or 504, with the seconds of its `Retry-After`.
        case status(retryAfter: Int?)
        /// 401: the credential may have just been rotated.
        case refusedCredential
    }

    /// The longest `Retry-After` that is worth keeping a caller waiting for.
    static let longestRetryAfter = 10
    /// Codex allows 100; so many connects would be an attack of ours.
    static let maximumRetries = 10

    private var retriesLeft: Int
    private var retriesSpent = 0
    private var staleLeft = 1
    private var refusedLeft = 1

    init(retries: Int) {
        retriesLeft = min(max(retries, 0), Self.maximumRetries)
    }

    /// How long to wait before the next attempt; nil where this trouble is the caller's answer.
    /// `jitter`: 0 to 1.
    mutating func delay(after trouble: Trouble, jitter: Double) -> Duration? {
        switch trouble {
        case .stale:
            guard staleLeft > 0 else { return nil }
            staleLeft -= 1
            return .zero
        case .refusedCredential:
            guard refusedLeft > 0 else { return nil }
            refusedLeft -= 1
            return .zero
        case .connect, .status(nil):
            return spend().map { Self.backOff(retry: $0, jitter: jitter) }
        case .status(let seconds?):
            guard seconds <= Self.longestRetryAfter, spend() != nil else { return nil }
            return .seconds(max(seconds, 0))
        }
    }

    private mutating func spend() -> Int? {
        guard retriesLeft > 0 else { return nil }
        retriesLeft -= 1
        retriesSpent += 1
        return retriesSpent
    }

    /// 200 ms, doubled each time up to 6.4 s, ±10 %.
    private static func backOff(retry: Int, jitter: Double) -> Duration {
        let base = 200 << min(max(retry - 1, 0), 5)
        let factor = 0.9 + 0.2 * min(max(jitter, 0), 1)
        return .milliseconds(Int64(Double(base) * factor))
    }
}
