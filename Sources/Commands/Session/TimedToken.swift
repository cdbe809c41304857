/// A token with its life by our own clock.
struct TimedToken: Codable, Hashable, Sendable {
    let value: String
    /// Whole seconds since 1970, by our clock.
    let receivedAt: Int64
    let expiresAt: Int64

    /// Times beyond any calendar are cut off, so that what follows can be plain arithmetic.
    init(value: String, receivedAt: Int64, expiresAt: Int64) {
        self.value = value
        self.receivedAt = Self.bounded(receivedAt)
        self.expiresAt = Self.bounded(expiresAt)
    }

    /// A token just received.
    ///
    /// - Parameters:
    ///   - expiresAt: By the server's clock.
    ///   - clockOffset: Seconds that the server's clock is ahead of ours. A machine whose clock is wrong would else
    ///     hold every token for expired, or an expired one for good.
    init(value: String, expiresAt: Int64, clockOffset: Int64?, now: Int64) {
        let offset = clockOffset.map { (-1...1).contains($0) ? 0 : Self.bounded($0) } ?? 0
        self.init(value: value, receivedAt: now, expiresAt: Self.bounded(expiresAt) - offset)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            value: try container.decode(String.self, forKey: .value),
            receivedAt: try container.decode(Int64.self, forKey: .receivedAt),
            expiresAt: try container.decode(Int64.self, forKey: .expiresAt)
        )
    }

    /// Still good. A clock that was set back makes it doubtful, and then it counts as expired.
    func isAlive(at now: Int64) -> Bool {
        let now = Self.bounded(now)
        return now < expiresAt && now >= receivedAt - 60
    }

    /// Alive with more than one part in `parts` of its life left.
    func hasMore(thanOneIn parts: Int64, at now: Int64) -> Bool {
        isAlive(at: now) && (expiresAt - Self.bounded(now)) * parts > expiresAt - receivedAt
    }

    private static func bounded(_ time: Int64) -> Int64 { min(max(time, -(1 << 40)), 1 << 40) }
}
