import Cryptography
import Identity
import Model
import Testing

/// The hostile table of id tokens (RFC 8725, OpenID Connect Core 3.1.3.7).
@Suite struct OIDCVerifierTests {
    let issuer: IssuerFixture
    let verifier: OIDCVerifier
    let now = IssuerFixture.now

    init() async throws {
        issuer = try await IssuerFixture()
        verifier = OIDCVerifier(directory: issuer.directory)
    }

    func verify(_ token: [UInt8], at now: Int64 = IssuerFixture.now) async -> Result<IDTokenIdentity, Failure> {
        await verifier.verify(token, issuers: IssuerFixture.issuers, now: now)
    }

    @Test(arguments: ["ed", "es", "rs"])
    func aGoodTokenProvesAnIdentity(key: String) async throws {
        let identity = try await verify(issuer.token(key: key)).get()
        #expect(identity.issuer == IssuerFixture.url)
        #expect(identity.subject == "ada")
        #expect(identity.verifiedMail == "ada@example.com")
        #expect(identity.displayName == "Ada")
        #expect(identity.nonce == "n-1")
    }

    @Test(
        arguments: [
            ["iss": #""https://evil.example""#], ["iss": #""https://login.example.com/""#], ["iss": nil], ["sub": nil],
            ["sub": #""""#], ["sub": "17"], ["aud": nil], ["aud": #""someone-else""#], ["aud": "[]"],
            ["aud": #"["keyreeve","other"]"#], ["aud": #"["keyreeve","other"]"#, "azp": #""other""#],
            ["azp": #""other""#], ["nonce": nil], ["nonce": #""""#], ["nonce": "null"], ["exp": nil],
            ["exp": "\(IssuerFixture.now - 60)"], ["exp": "1e400"], ["exp": #""soon""#],
            ["iat": "\(IssuerFixture.now + 61)", "exp": "\(IssuerFixture.now + 600)"], ["iat": nil],
            ["nbf": "\(IssuerFixture.now + 61)"], ["exp": "\(IssuerFixture.now)", "iat": "\(IssuerFixture.now)"],
        ] as [[String: String?]]
    )
    func aWrongClaimIsRefused(changes: [String: String?]) async throws {
        #expect(try await verify(issuer.token(changing: changes)).failure == .invalidSignIn)
    }

    @Test(
        arguments: [
            ["aud": #"["keyreeve"]"#], ["aud": #"["keyreeve","other"]"#, "azp": #""keyreeve""#],
            ["nbf": "\(IssuerFixture.now + 60)"], ["exp": "\(IssuerFixture.now + 300).5"],
            ["iat": "\(IssuerFixture.now + 60)", "exp": "\(IssuerFixture.now + 600)"],
        ] as [[String: String?]]
    )
    func whatTheStandardAllowsIsAllowed(changes: [String: String?]) async throws {
        #expect(try await verify(issuer.token(changing: changes)).failure == nil)
    }

    @Test(arguments: [
        (["email_verified": "false"] as [String: String?], String?.none), (["email_verified": nil], nil),
        (["email_verified": #""true""#], "ada@example.com"), (["email": nil], nil),
    ])
    func onlyAVerifiedMailAddressCounts(changes: [String: String?], mail: String?) async throws {
        #expect(try await verify(issuer.token(changing: changes)).get().verifiedMail == mail)
    }

    @Test func theTokenDoesNotChooseTheAlgorithm() async throws {
        let attempts = [
            try issuer.token(key: "ed", alg: "none"),
            try issuer.token(key: "hs", kid: "rs"),
            try issuer.token(key: "hs", kid: "rs", alg: "RS256"),
            try issuer.token(key: "hs", kid: "hs"),
            try issuer.token(key: "r5", kid: "rs"),
            try issuer.token(key: "r5", kid: "r5"),
            try issuer.token(key: "rs", kid: "r5"),
            try issuer.token(key: "rs", kid: "enc"),
            try issuer.token(key: "rs", kid: "short"),
            try issuer.token(key: "es", kid: "ed"),
            try issuer.token(key: "es", kid: "bad"),
            try issuer.token(key: "ed", alg: "RS256"),
            try issuer.token(key: "ed", extraHeader: #","crit":["b64"],"b64":false"#),
        ]
        for (index, token) in attempts.enumerated() {
            #expect(await verify(token).failure == .invalidSignIn, "attempt \(index)")
        }
    }

    @Test func aStrippedSignatureIsRefused() async throws {
        let parts = IdentityFixture.parts(try issuer.token())
        let none = Base64URL.encode(Array(#"{"alg":"none"}"#.utf8))
        for text in ["\(none).\(parts[1]).", "\(none).\(parts[1]).AA", "\(parts[0]).\(parts[1])."] {
            #expect(await verify(Array(text.utf8)).failure == .invalidSignIn)
        }
    }

    @Test func noByteOfATokenCanBeChanged() async throws {
        let token = try issuer.token(key: "ed")
        for index in token.indices {
            var changed = token
            changed[index] ^= 1
            #expect(await verify(changed).failure == .invalidSignIn, "byte \(index)")
        }
    }

    @Test func anOversizedOrShapelessTokenIsRefusedUnread() async throws {
        let filler = String(repeating: "x", count: OIDCVerifier.longestToken)
        #expect(try await verify(issuer.token(changing: ["name": #""\#(filler)""#])).failure == .invalidSignIn)
        for text in ["", "..", "a.b", "a.b.c.d", String(repeating: ".", count: 100_000)] {
            #expect(await verify(Array(text.utf8)).failure == .invalidSignIn)
        }
        #expect(issuer.keyFetches == 0)
    }

    @Test func anUnknownKeyAsksAgainAtMostEveryThirtySeconds() async throws {
        #expect(try await verify(issuer.token()).failure == nil)
        #expect(issuer.keyFetches == 1)
        let rotated = try issuer.token(key: "rotated")
        for second in Int64(0)..<30 { #expect(await verify(rotated, at: now + second).failure == .invalidSignIn) }
        #expect(issuer.keyFetches == 1)
        issuer.rotate()
        #expect(await verify(rotated, at: now + 30).failure == nil)
        #expect(issuer.keyFetches == 2)
        #expect(try await verify(issuer.token(key: "ed", kid: "unheard-of"), at: now + 31).failure == .invalidSignIn)
        #expect(issuer.keyFetches == 2)
    }

    @Test func knownKeysSurviveAnIssuersOutageForADay() async throws {
        let long: [String: String?] = ["exp": "\(now + 200_000)"]
        let token = try issuer.token(changing: long)
        #expect(await verify(token).failure == nil)
        issuer.goAway()
        #expect(await verify(token, at: now + 700).failure == nil)
        #expect(await verify(token, at: now + 86_399).failure == nil)
        #expect(await verify(token, at: now + 86_400).failure == .upstreamUnreachable)
        issuer.comeBack()
        #expect(await verify(token, at: now + 86_431).failure == nil)
    }

    @Test func anIssuerThatCannotBeReachedIsNotABadSignIn() async throws {
        issuer.goAway()
        #expect(try await verify(issuer.token()).failure == .upstreamUnreachable)
    }

    @Test func discoveryMustSpeakForTheIssuerAsked() async throws {
        let lying = IssuerDirectory(allowsLoopback: false) { _ in
            Array(
                """
                {"issuer":"https://evil.example","authorization_endpoint":"https://a.example",
                "token_endpoint":"https://a.example","jwks_uri":"https://a.example"}
                """.utf8
            )
        }
        #expect(await lying.metadata(of: IssuerFixture.url, now: now) == nil)
        let inClear = IssuerDirectory(allowsLoopback: false) { _ in
            Array(
                """
                {"issuer":"\(IssuerFixture.url)","authorization_endpoint":"https://a.example",
                "token_endpoint":"http://169.254.169.254/","jwks_uri":"https://a.example"}
                """.utf8
            )
        }
        #expect(await inClear.metadata(of: IssuerFixture.url, now: now) == nil)
        #expect(
            await issuer.directory.metadata(of: IssuerFixture.url, now: now)?.tokenEndpoint
                == "\(IssuerFixture.url)/token"
        )
    }
}
