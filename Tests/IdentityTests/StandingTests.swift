import Identity
import Model
import Policy
import Testing

/// What was proven once must still hold at each use.
@Suite struct StandingTests {
    let fixture: IdentityFixture
    let now = IdentityFixture.now
    init() throws { fixture = try IdentityFixture() }

    @Test func aCachedTokenDoesNotOutliveItsExpiry() throws {
        let relay = fixture.relay
        let token = try fixture.token(fixture.claims(.relay, life: 600))
        for second in [now, now + 599, now + 1] {
            #expect(relay.authenticate(tokenBytes: token, now: second).failure == nil)
        }
        for second in [now + 600, now + 601, Int64.max] {
            #expect(relay.authenticate(tokenBytes: token, now: second).failure == .expiredToken)
        }
    }

    @Test func aCachedTokenEndsWithEachOfItsEpochs() throws {
        let session = Epochs(sessions: [fixture.session: 1])
        let user = Epochs(users: [fixture.user: 1])
        let organization = Epochs(organization: 1)
        for (version, epochs) in zip(Int64(2)..., [session, user, organization]) {
            let relay = fixture.relay
            let token = try fixture.token(fixture.claims(.relay))
            fixture.load(version: version * 10)
            #expect(relay.authenticate(tokenBytes: token, now: now).failure == nil)
            fixture.load(version: version * 10 + 1, epochs: epochs)
            #expect(relay.authenticate(tokenBytes: token, now: now).failure == .revokedToken)
        }
    }

    @Test func aTokenMintedAfterARevocationHoldsEvenWhereTheSnapshotLags() throws {
        let epochs = TokenEpochs(organization: 1, subject: 2, session: 3)
        let token = try fixture.token(fixture.claims(.relay, epochs: epochs))
        #expect(fixture.relay.authenticate(tokenBytes: token, now: now).failure == nil)
        let raised = Epochs(organization: 1, users: [fixture.user: 2], sessions: [fixture.session: 3])
        fixture.load(version: 2, epochs: raised)
        #expect(fixture.relay.authenticate(tokenBytes: token, now: now).failure == nil)
    }

    @Test func aDisabledUserIsRevokedAtOnce() throws {
        let relay = fixture.relay
        let token = try fixture.token(fixture.claims(.relay))
        #expect(relay.authenticate(tokenBytes: token, now: now).failure == nil)
        fixture.load(version: 2, isUserActive: false)
        #expect(relay.authenticate(tokenBytes: token, now: now).failure == .revokedToken)
    }

    @Test func anOperatorNeedsTheRoleStill() throws {
        let stranger = fixture.claims(.control, subject: .platformOperator(fixture.user))
        let result = fixture.control.authenticate(try fixture.token(stranger), now: now + 60)
        #expect(result.failure == .revokedToken)
    }

    @Test func anUnknownSubjectIsRevokedOnlyWhereTheSnapshotMustKnowIt() throws {
        let old = try fixture.token(fixture.claims(.relay, issuedAt: now - 300))
        let young = try fixture.token(fixture.claims(.relay, issuedAt: now))
        fixture.load(version: 2, hasMembers: false)
        let relay = fixture.relay
        #expect(relay.authenticate(tokenBytes: old, now: now).failure == .revokedToken)
        // Minted by a replica that may have been a moment ahead.
        #expect(relay.authenticate(tokenBytes: young, now: now).failure == .storeUnavailable)
        #expect(relay.authenticate(tokenBytes: young, now: now + 60).failure == .revokedToken)
        // With the database away, nobody can say.
        fixture.snapshots.verificationFailed()
        #expect(relay.authenticate(tokenBytes: old, now: now).failure == .storeUnavailable)
        fixture.snapshots.verified(at: .now - .seconds(60))
        #expect(relay.authenticate(tokenBytes: old, now: now).failure == .storeUnavailable)
    }

    @Test func anUnknownOrganizationIsTreatedLikeAnUnknownSubject() throws {
        let old = try fixture.token(fixture.claims(.relay, issuedAt: now - 300))
        fixture.snapshots.remove(fixture.organization)
        #expect(fixture.relay.authenticate(tokenBytes: old, now: now).failure == .revokedToken)
        fixture.snapshots.verificationFailed()
        #expect(fixture.relay.authenticate(tokenBytes: old, now: now).failure == .storeUnavailable)
    }

    @Test func aKnownSubjectIsServedThroughAnOutage() throws {
        fixture.snapshots.verificationFailed()
        let token = try fixture.token(fixture.claims(.relay))
        #expect(fixture.relay.authenticate(tokenBytes: token, now: now).failure == nil)
        let api = Array(fixture.apiToken.text.utf8)
        #expect(fixture.relay.authenticate(tokenBytes: api, now: now).failure == nil)
    }

    @Test func revokingAnAPITokenEndsTheRelayTokensExchangedForIt() throws {
        let relay = fixture.relay
        let claims = fixture.claims(
            .relay,
            subject: .serviceAccount(fixture.account),
            apiToken: fixture.apiToken.id
        )
        let token = try fixture.token(claims)
        let caller = try relay.caller(tokenBytes: token, now: now).get()
        #expect(caller.apiToken == fixture.apiToken.id)
        #expect(caller.expiresAt == claims.expiresAt)
        fixture.load(version: 2, isTokenRevoked: true)
        #expect(relay.authenticate(tokenBytes: token, now: now).failure == .revokedToken)
    }
}
