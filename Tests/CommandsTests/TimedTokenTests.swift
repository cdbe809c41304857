import Testing

@testable import Commands

@Suite struct TimedTokenTests {
    private let token = TimedToken(value: "t", receivedAt: 1_000, expiresAt: 1_600)

    @Test(arguments: [
        (Int64(1_000), true, true), (1_399, true, true), (1_400, true, false), (1_599, true, false),
        (1_600, false, false), (939, false, false), (940, true, true),
    ])
    func aThirdOfItsLifeIsTheLimit(now: Int64, isAlive: Bool, isFresh: Bool) {
        #expect(token.isAlive(at: now) == isAlive)
        #expect(token.hasMore(thanOneIn: 3, at: now) == isFresh)
    }

    @Test(arguments: [Int64.min, -1, 0, .max]) func noTimeTraps(time: Int64) throws {
        let odd = TimedToken(value: "t", receivedAt: time, expiresAt: .max)
        _ = odd.hasMore(thanOneIn: 4, at: .max)
        _ = odd.hasMore(thanOneIn: 4, at: .min)
        _ = TimedToken(value: "t", expiresAt: time, clockOffset: time, now: time)
        #expect(!TimedToken(value: "t", receivedAt: 0, expiresAt: time).isAlive(at: .max))
    }

    @Test func aWrongClockHereDoesNotShortenOrStretchALife() {
        // The server is an hour ahead: its 11:10 is our 10:10.
        let token = TimedToken(value: "t", expiresAt: 4_200, clockOffset: 3_600, now: 0)
        #expect(token.expiresAt == 600)
        #expect(TimedToken(value: "t", expiresAt: 600, clockOffset: 1, now: 0).expiresAt == 600)
        #expect(TimedToken(value: "t", expiresAt: 600, clockOffset: nil, now: 0).expiresAt == 600)
    }

    @Test func aRecordSurvivesItsBytes() throws {
        var record = SessionRecord(refreshToken: token, assertion: token, relayTokens: [:])
        record.keep(token, for: "production", now: 1_000)
        #expect(SessionRecord(bytes: try record.bytes()) == record)
        #expect(SessionRecord(bytes: Array("{}".utf8)) == nil)
    }

    @Test func expiredRelayTokensAreNotKept() {
        var record = SessionRecord(refreshToken: token, assertion: token, relayTokens: ["old": token])
        record.keep(TimedToken(value: "n", receivedAt: 2_000, expiresAt: 2_600), for: "new", now: 2_000)
        #expect(record.relayTokens.keys.sorted() == ["new"])
    }
}
