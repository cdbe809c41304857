import ControlAPI
import FoundationEssentials

/// The secrets of one session: what the keyring item or `session.json` holds, always written as a whole.
struct SessionRecord: Codable, Hashable, Sendable {
    var refreshToken: TimedToken
    var assertion: TimedToken
    /// By profile; the empty name is the server's choice.
    var relayTokens: [String: TimedToken]

    init(refreshToken: TimedToken, assertion: TimedToken, relayTokens: [String: TimedToken]) {
        self.refreshToken = refreshToken
        self.assertion = assertion
        self.relayTokens = relayTokens
    }

    /// From a sign-in.
    init(_ answer: SessionAnswer, clockOffset: Int64?, now: Int64) {
        refreshToken = TimedToken(
            value: answer.refreshToken,
            expiresAt: answer.refreshExpiresAt,
            clockOffset: clockOffset,
            now: now
        )
        assertion = TimedToken(
            value: answer.sessionAssertion,
            expiresAt: answer.assertionExpiresAt,
            clockOffset: clockOffset,
            now: now
        )
        relayTokens = [:]
    }

    /// Takes over what a refresh gave; relay tokens stay good for their time.
    mutating func renew(with other: SessionRecord) {
        refreshToken = other.refreshToken
        assertion = other.assertion
    }

    mutating func keep(_ token: TimedToken, for profile: String, now: Int64) {
        relayTokens = relayTokens.filter { $0.value.isAlive(at: now) }
        relayTokens[profile] = token
    }

    init?(bytes: [UInt8]) {
        guard let record = try? JSONDecoder().decode(SessionRecord.self, from: Data(bytes)) else { return nil }
        self = record
    }

    func bytes() throws -> [UInt8] { Array(try JSONEncoder().encode(self)) }
}
