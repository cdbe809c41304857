import Testing

@testable import Commands

@Suite struct TokenMachineTests {
    private static let start: Int64 = 1_000_000
    private static let goal = TokenMachine.Goal.relayToken(profile: "production")
    private static let outage = TokenMachine.CallFailure(kind: .transient, sentence: "away")

    /// A session with an assertion of 40,000 s and, if wanted, a relay token of 600 s.
    private func record(relayToken: Bool = false) -> SessionRecord {
        var record = SessionRecord(
            refreshToken: TimedToken(value: "refresh", receivedAt: Self.start, expiresAt: Self.start + 1_000_000),
            assertion: TimedToken(value: "assertion", receivedAt: Self.start, expiresAt: Self.start + 40_000),
            relayTokens: [:]
        )
        if relayToken { record.relayTokens["production"] = fresh(at: Self.start) }
        return record
    }

    private func fresh(at now: Int64) -> TimedToken {
        TimedToken(value: "relay", receivedAt: now, expiresAt: now + 600)
    }

    private func machineUnderLock(
        _ record: SessionRecord,
        now: Int64,
        goal: TokenMachine.Goal = goal
    ) -> (TokenMachine, TokenMachine.Action) {
        var machine = TokenMachine(goal: goal)
        #expect(machine.handle(.begun, now: now) == .load)
        #expect(machine.handle(.loaded(record, remembered: nil), now: now) == .lock)
        #expect(machine.handle(.locked, now: now) == .load)
        let action = machine.handle(.loaded(record, remembered: nil), now: now)
        return (machine, action)
    }

    @Test func aFreshTokenIsAnsweredFromStorageAlone() {
        var machine = TokenMachine(goal: Self.goal)
        _ = machine.handle(.begun, now: Self.start)
        let action = machine.handle(.loaded(record(relayToken: true), remembered: "failed"), now: Self.start + 399)
        #expect(action == .answer("relay"))
    }

    @Test func aTokenOfAnotherProfileIsNotAnswered() {
        var machine = TokenMachine(goal: .relayToken(profile: "staging"))
        _ = machine.handle(.begun, now: Self.start)
        #expect(machine.handle(.loaded(record(relayToken: true), remembered: nil), now: Self.start) == .lock)
    }

    @Test func aRecentFailureIsRepeatedWithoutANetwork() {
        var machine = TokenMachine(goal: Self.goal)
        _ = machine.handle(.begun, now: Self.start)
        let action = machine.handle(.loaded(record(), remembered: "away"), now: Self.start)
        #expect(action == .fail("away", isRemembered: false))
    }

    @Test func nobodySignedInIsToldWhatToRun() {
        var machine = TokenMachine(goal: Self.goal)
        _ = machine.handle(.begun, now: Self.start)
        guard case .fail(let sentence, false) = machine.handle(.loaded(nil, remembered: nil), now: Self.start) else {
            Issue.record("it should fail")
            return
        }
        #expect(sentence.contains("keyreeve login"))
    }

    @Test func whatAnotherProcessFetchedMeanwhileIsUsed() {
        var machine = TokenMachine(goal: Self.goal)
        _ = machine.handle(.begun, now: Self.start)
        _ = machine.handle(.loaded(record(), remembered: nil), now: Self.start)
        _ = machine.handle(.locked, now: Self.start)
        let action = machine.handle(.loaded(record(relayToken: true), remembered: nil), now: Self.start)
        #expect(action == .answer("relay"))
    }

    @Test(arguments: [(Int64(29_999), false), (30_000, true), (39_999, true)])
    func theAssertionIsRenewedInItsLastQuarterOnly(age: Int64, isRenewed: Bool) {
        let (_, action) = machineUnderLock(record(), now: Self.start + age)
        #expect(action == (isRenewed ? .refresh("refresh") : .exchange(assertion: "assertion")))
    }

    @Test func aNewRefreshTokenIsSavedBeforeAnythingElse() {
        let now = Self.start + 35_000
        var (machine, action) = machineUnderLock(record(), now: now)
        #expect(action == .refresh("refresh"))
        var renewal = record()
        renewal.refreshToken = TimedToken(value: "refresh-2", receivedAt: now, expiresAt: now + 1)
        renewal.assertion = TimedToken(value: "assertion-2", receivedAt: now, expiresAt: now + 40_000)
        action = machine.handle(.refreshed(renewal), now: now)
        #expect(action == .save(renewal))
        #expect(machine.handle(.saved, now: now) == .exchange(assertion: "assertion-2"))
        guard case .save(let kept) = machine.handle(.exchanged(fresh(at: now)), now: now) else {
            Issue.record("it should save the relay token")
            return
        }
        #expect(kept.relayTokens["production"] == fresh(at: now))
        #expect(machine.handle(.notSaved("disk full"), now: now) == .answer("relay"))
    }

    @Test func aSessionThatCannotBeSavedIsAFailure() {
        var (machine, _) = machineUnderLock(record(), now: Self.start + 35_000)
        _ = machine.handle(.refreshed(record()), now: Self.start + 35_000)
        let action = machine.handle(.notSaved("disk full"), now: Self.start + 35_000)
        #expect(action == .fail("disk full", isRemembered: false))
    }

    @Test func anOutageDuringRefreshIsInvisibleWhileTheAssertionLives() {
        var (machine, _) = machineUnderLock(record(), now: Self.start + 35_000)
        let action = machine.handle(.notRefreshed(Self.outage), now: Self.start + 35_000)
        #expect(action == .exchange(assertion: "assertion"))
    }

    @Test func anOutageIsInvisibleWhileAnyTokenWorks() {
        let now = Self.start + 500
        var (machine, action) = machineUnderLock(record(relayToken: true), now: now)
        #expect(action == .exchange(assertion: "assertion"))
        action = machine.handle(.notExchanged(Self.outage), now: now)
        #expect(action == .answer("relay"))
    }

    @Test func anOutageWithoutATokenIsRemembered() {
        var (machine, _) = machineUnderLock(record(), now: Self.start)
        let action = machine.handle(.notExchanged(Self.outage), now: Self.start)
        #expect(action == .fail("away", isRemembered: true))
    }

    @Test func aRefusedAssertionIsRenewedOnce() {
        let refusal = TokenMachine.CallFailure(kind: .refused, sentence: "expired")
        var (machine, _) = machineUnderLock(record(), now: Self.start)
        #expect(machine.handle(.notExchanged(refusal), now: Self.start) == .refresh("refresh"))
        _ = machine.handle(.refreshed(record()), now: Self.start)
        #expect(machine.handle(.saved, now: Self.start) == .exchange(assertion: "assertion"))
        let action = machine.handle(.notExchanged(refusal), now: Self.start)
        #expect(action == .fail("expired", isRemembered: true))
    }

    @Test func aDenialIsNotHiddenByAnOldToken() {
        let denial = TokenMachine.CallFailure(kind: .final, sentence: "not open to you")
        var (machine, _) = machineUnderLock(record(relayToken: true), now: Self.start + 500)
        let action = machine.handle(.notExchanged(denial), now: Self.start + 500)
        #expect(action == .fail("not open to you", isRemembered: true))
    }

    @Test func aBusyLockLeavesATokenThatStillWorks() {
        var machine = TokenMachine(goal: Self.goal)
        _ = machine.handle(.begun, now: Self.start)
        _ = machine.handle(.loaded(record(relayToken: true), remembered: nil), now: Self.start + 500)
        #expect(machine.handle(.notLocked, now: Self.start + 500) == .answer("relay"))
    }

    @Test func theAssertionItselfNeedsNoExchange() {
        var machine = TokenMachine(goal: .assertion)
        _ = machine.handle(.begun, now: Self.start)
        #expect(machine.handle(.loaded(record(), remembered: nil), now: Self.start) == .answer("assertion"))
    }

    @Test func aSessionThatIsOverSaysSo() {
        var old = record()
        old.refreshToken = TimedToken(value: "r", receivedAt: 0, expiresAt: 1)
        old.assertion = TimedToken(value: "a", receivedAt: 0, expiresAt: 1)
        let (_, action) = machineUnderLock(old, now: Self.start)
        guard case .fail(let sentence, true) = action else {
            Issue.record("it should fail")
            return
        }
        #expect(sentence.contains("keyreeve login"))
    }

    @Test func anEventOutOfPlaceFailsAndDoesNotTrap() {
        var machine = TokenMachine(goal: Self.goal)
        guard case .fail = machine.handle(.saved, now: 0) else {
            Issue.record("it should fail")
            return
        }
    }
}
