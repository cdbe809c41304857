import Cryptography
import Identity
import Model
import Testing

/// Each of our tokens, offered to everyone's checker.
@Suite struct TokenAudienceTests {
    let fixture: IdentityFixture
    init() throws { fixture = try IdentityFixture() }

    @Test(arguments: TokenAudience.allCases, TokenAudience.allCases)
    func aTokenIsGoodForItsOwnAudienceOnly(minted: TokenAudience, asked: TokenAudience) throws {
        let claims = fixture.claims(minted)
        let result = fixture.verifier.verify(try fixture.token(claims), audience: asked, now: IdentityFixture.now)
        if minted == asked {
            #expect(try result.get() == claims)
        } else {
            #expect(result.failure == .invalidToken)
        }
    }

    @Test(arguments: TokenAudience.allCases, TokenAudience.allCases)
    func oneKeyForEverythingWouldNotMixAudiencesUp(minted: TokenAudience, asked: TokenAudience) throws {
        let key = fixture.relayKey
        let keys = Dictionary(uniqueKeysWithValues: TokenAudience.allCases.map { ($0, [key.publicKey]) })
        let verifier = TokenVerifier(deployment: fixture.deployment, keys: keys)
        let token = try fixture.token(fixture.claims(minted), key: key)
        let result = verifier.verify(token, audience: asked, now: IdentityFixture.now)
        #expect((result.failure == nil) == (minted == asked))
    }

    @Test(arguments: TokenAudience.allCases)
    func aKeyOfAnotherAudienceIsNotBelieved(audience: TokenAudience) throws {
        let foreign = audience == .relay ? fixture.sessionKey : fixture.relayKey
        let token = try fixture.token(fixture.claims(audience), key: foreign)
        #expect(fixture.verifier.verify(token, audience: audience, now: IdentityFixture.now).failure == .invalidToken)
    }

    @Test func theRelayTakesRelayTokensAndAPITokensOnly() throws {
        let now = IdentityFixture.now
        let relayToken = try fixture.token(fixture.claims(.relay))
        let principal = try fixture.relay.authenticate(tokenBytes: relayToken, now: now).get()
        #expect(principal.subject == .user(fixture.user))
        #expect(principal.organization == fixture.organization)
        #expect(principal.session == fixture.session)
        #expect(principal.activeProfile?.text == "staging")
        let api = try fixture.relay.authenticate(tokenBytes: Array(fixture.apiToken.text.utf8), now: now).get()
        #expect(api.subject == .serviceAccount(fixture.account))
        for audience in [TokenAudience.session, .control] {
            let token = try fixture.token(fixture.claims(audience))
            #expect(fixture.relay.authenticate(tokenBytes: token, now: now).failure == .invalidToken)
        }
    }

    @Test func theControlAPIDoesNotTakeRelayTokens() throws {
        let now = IdentityFixture.now
        let relayToken = try fixture.token(fixture.claims(.relay))
        #expect(fixture.control.authenticate(relayToken, now: now).failure == .invalidToken)
        let assertion = try fixture.token(fixture.claims(.session))
        #expect(try fixture.control.authenticate(assertion, now: now).get().principal.subject == .user(fixture.user))
        let operatorToken = try fixture.token(fixture.claims(.control))
        let caller = try fixture.control.authenticate(operatorToken, now: now).get()
        #expect(caller.principal.subject == .platformOperator(fixture.platformOperator))
        #expect(caller.principal.organization == .platform)
    }

    @Test(arguments: ["krv_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "sk-proj-something", "", ".", "..", "a.b"])
    func otherTextIsNobody(text: String) {
        let bytes = Array(text.utf8)
        #expect(fixture.relay.authenticate(tokenBytes: bytes, now: IdentityFixture.now).failure == .invalidToken)
        #expect(fixture.control.authenticate(bytes, now: IdentityFixture.now).failure == .invalidToken)
    }

    @Test func anIssuerSignsNothingForAnotherAudienceOrDeployment() throws {
        let issuer = TokenIssuer(key: fixture.relayKey, audience: .relay, deployment: fixture.deployment)
        #expect(throws: Failure.internalError) { try issuer.mint(fixture.claims(.session)) }
        #expect(throws: Failure.internalError) { try issuer.mint(fixture.claims(.relay, issuer: .random())) }
    }
}
