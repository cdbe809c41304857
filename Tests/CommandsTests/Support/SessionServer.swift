import Synchronization

@testable import Commands

/// The server's side of sessions as `trust.md` describes it: rotation with a minute of grace, then the family ends.
struct SessionServer: Sendable {
    static let grace: Int64 = 60

    private(set) var current = "refresh-0"
    private var previous: (token: String, usedAt: Int64)?
    private(set) var rotations = 0
    private(set) var exchanges = 0
    private(set) var isEnded = false
    private var assertions: [String: Int64] = [:]

    let assertionLife: Int64 = 43_200
    let relayLife: Int64 = 600

    /// The session as it is right after sign-in.
    mutating func signIn(at now: Int64) -> SessionRecord {
        renewal(now)
    }

    /// - Returns: nil when the token is refused.
    mutating func refresh(_ token: String, at now: Int64) -> SessionRecord? {
        guard !isEnded else { return nil }
        if token == current {
            previous = (token, now)
            rotations += 1
            current = "refresh-\(rotations)"
            return renewal(now)
        }
        if let previous, previous.token == token, now - previous.usedAt <= Self.grace { return renewal(now) }
        isEnded = true
        return nil
    }

    mutating func exchange(_ assertion: String, profile: String, at now: Int64) -> TimedToken? {
        guard !isEnded, let expiry = assertions[assertion], now < expiry else { return nil }
        exchanges += 1
        return TimedToken(value: "relay-\(profile)-\(exchanges)", receivedAt: now, expiresAt: now + relayLife)
    }

    private mutating func renewal(_ now: Int64) -> SessionRecord {
        let assertion = "assertion-\(rotations)-\(now)"
        assertions[assertion] = now + assertionLife
        return SessionRecord(
            refreshToken: TimedToken(value: current, receivedAt: now, expiresAt: now + 2_592_000),
            assertion: TimedToken(value: assertion, receivedAt: now, expiresAt: now + assertionLife),
            relayTokens: [:]
        )
    }
}
