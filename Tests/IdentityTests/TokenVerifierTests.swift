import Cryptography
import Identity
import Model
import Testing

/// What strangers can write in place of a token.
@Suite struct TokenVerifierTests {
    let fixture: IdentityFixture
    let now = IdentityFixture.now
    init() throws { fixture = try IdentityFixture() }

    func failure(_ token: [UInt8], at now: Int64 = IdentityFixture.now) -> Failure? {
        fixture.verifier.verify(token, audience: .relay, now: now).failure
    }

    @Test func noByteOfATokenCanBeChanged() throws {
        let token = try fixture.token(fixture.claims(.relay))
        #expect(failure(token) == nil)
        for index in token.indices {
            for replacement in [token[index] ^ 1, token[index] ^ 0x20, 0, UInt8(ascii: "."), UInt8(ascii: "=")]
            where replacement != token[index] {
                var changed = token
                changed[index] = replacement
                #expect(failure(changed) == .invalidToken, "byte \(index) as \(replacement)")
            }
        }
    }

    @Test func noByteOfATokenCanBeMissingOrDoubled() throws {
        let token = try fixture.token(fixture.claims(.relay))
        for index in token.indices {
            var shorter = token
            shorter.remove(at: index)
            #expect(failure(shorter) == .invalidToken)
            // Doubling the first of two equal bytes is the same as doubling the second; either way it is longer.
            var longer = token
            longer.insert(token[index], at: index)
            #expect(failure(longer) == .invalidToken)
        }
    }

    @Test func theHeaderHasOneFormOnly() throws {
        let token = try fixture.token(fixture.claims(.relay))
        let parts = IdentityFixture.parts(token)
        let header = IdentityFixture.decoded(parts[0])
        let payload = IdentityFixture.decoded(parts[1])
        #expect(failure(try fixture.forged(header: header, payload: payload, key: fixture.relayKey)) == nil)
        let headers = [
            header.replacing("EdDSA", with: "none"),
            header.replacing("EdDSA", with: "HS256"),
            header.replacing("EdDSA", with: "eddsa"),
            header.replacing("EdDSA", with: "ES256"),
            header.replacing("{", with: "{ "),
            header.replacing(#","kid""#, with: #","crit":["exp"],"kid""#),
            header.replacing(#","kid""#, with: #","jku":"https://evil.example","kid""#),
            header.replacing("keyreeve-relay", with: "keyreeve-session"),
            header.replacing("+jwt", with: ""),
            #"{"alg":"EdDSA","typ":"keyreeve-relay+jwt"}"#,
            #"{"alg":"EdDSA","kid":"","typ":"keyreeve-relay+jwt"}"#,
            "{}", "", "null",
        ]
        for header in headers {
            let token = try fixture.forged(header: header, payload: payload, key: fixture.relayKey)
            #expect(failure(token) == .invalidToken, "\(header)")
        }
    }

    @Test func anHMACUnderThePublicKeyIsNoSignature() throws {
        let parts = IdentityFixture.parts(try fixture.token(fixture.claims(.relay)))
        let secret = try fixture.arena.store(fixture.relayKey.publicKey.rawRepresentation)
        for header in [parts[0], Base64URL.encode(Array(#"{"alg":"HS256","typ":"keyreeve-relay+jwt"}"#.utf8))] {
            let signed = "\(header).\(parts[1])"
            let code = HMACSHA256.code(Array(signed.utf8), key: secret).bytes
            #expect(failure(Array("\(signed).\(Base64URL.encode(code))".utf8)) == .invalidToken)
            #expect(failure(Array("\(signed).".utf8)) == .invalidToken)
        }
    }

    @Test func onlyWhatFitsIsLookedAt() throws {
        #expect(failure([UInt8](repeating: UInt8(ascii: "."), count: 1 << 20)) == .invalidToken)
        let token = try fixture.token(fixture.claims(.relay))
        let padding = [UInt8](repeating: UInt8(ascii: "A"), count: TokenVerifier.longestToken)
        #expect(failure(token + padding) == .invalidToken)
        #expect(failure(token + [UInt8(ascii: ".")]) == .invalidToken)
        #expect(failure(Array(token.dropLast())) == .invalidToken)
    }

    @Test func aPayloadOfTheWrongShapeIsRefusedEvenWhenWellSigned() throws {
        let parts = IdentityFixture.parts(try fixture.token(fixture.claims(.relay)))
        let header = IdentityFixture.decoded(parts[0])
        let payload = IdentityFixture.decoded(parts[1])
        let payloads = [
            "", "null", "[]", "{}", payload + payload,
            payload.replacing(#""aud":"relay""#, with: #""aud":"session""#),
            payload.replacing(#""sub":"user:"#, with: #""sub":"root:"#),
            payload.replacing(#""sub":"user:"#, with: #""sub":""#),
            payload.replacing(#""epo":[0,0,0]"#, with: #""epo":[0,0]"#),
            payload.replacing(#""epo":[0,0,0]"#, with: #""epo":["0","0","0"]"#),
            payload.replacing(#""exp":"#, with: #""exp":9"#),
            payload.replacing(#""exp":"#, with: #""exp":99999999999999999999"#),
            payload.replacing(#""exp":"#, with: #""exp":0."#),
            payload.replacing(#""iat":"#, with: #""iat":-9"#),
            payload.replacing(#""prf":"staging""#, with: #""prf":"../admin""#),
            payload.replacing(fixture.deployment.description, with: DeploymentID.random().description),
        ]
        for changed in payloads {
            #expect(changed != payload)
            let token = try fixture.forged(header: header, payload: changed, key: fixture.relayKey)
            #expect(failure(token) == .invalidToken, "\(changed)")
        }
    }

    @Test(arguments: [
        (Int64(-600), Int64(600), Failure?.some(.expiredToken)),
        (-599, 600, nil),
        (60, 600, nil),
        (61, 600, .invalidToken),
        (0, 900, nil),
        (0, 901, .invalidToken),
        (0, 0, .invalidToken),
        (0, -1, .invalidToken),
        (.min + 2_000_000_000, 600, .expiredToken),
    ])
    func timeIsChecked(offset: Int64, life: Int64, expected: Failure?) throws {
        let issuedAt = offset < -1_000_000_000_000 ? offset : now + offset
        let token = try fixture.token(fixture.claims(.relay, issuedAt: issuedAt, life: life))
        #expect(failure(token) == expected)
    }

    @Test func aTokenOfAnotherDeploymentIsRefused() throws {
        let token = try fixture.token(fixture.claims(.relay, issuer: .random()))
        #expect(failure(token) == .invalidToken)
    }
}
