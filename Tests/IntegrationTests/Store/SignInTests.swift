import Audit
import FoundationEssentials
import KeyreeveTesting
import Model
import Postgres
import Store
import Testing

@Suite struct SignInTests {
    @Test func whoIsNeitherMemberNorInvitedIsRefusedAndRecorded() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            for mail in ["eve@acme.example", nil] as [String?] {
                let failure = await #expect(throws: Failure.self) {
                    _ = try await fixture.signIn(acme.id, subject: "eve", mail: mail)
                }
                #expect(failure == .notAMember)
            }
            #expect(try await fixture.recorded(.signInRefused, acme.id) == 2)
            #expect(try await fixture.people.all(in: acme.scope).count == 1)
        }
    }

    @Test func anInvitationOpensOnceAndForTheVouchedAddressOnly() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let invitation = Invitation(
                mail: "bob@acme.example",
                roles: [.developer, .auditor],
                groups: [GroupName(unchecked: "ops")],
                expiresAt: Date().addingTimeInterval(3600)
            )
            let record = StoreFixture.record(.userInvited, acme.id)
            let invited = try await fixture.people.invite(invitation, in: acme.scope) { _ in record }
            let twice = await #expect(throws: Failure.self) {
                _ = try await fixture.people.invite(invitation, in: acme.scope) { _ in record }
            }
            #expect(twice == .conflict)

            let unproven = await #expect(throws: Failure.self) {
                _ = try await fixture.signIn(acme.id, subject: "bob", mail: nil)
            }
            #expect(unproven == .notAMember)

            let first = try await fixture.signIn(acme.id, subject: "bob", mail: "BOB@acme.example")
            #expect(first.user == invited.value)
            #expect(first.changeVersion != nil)
            let bob = try await fixture.people.person(first.user, in: acme.scope)
            #expect(bob.roles == [.developer, .auditor])
            #expect(bob.groups.map(\.text) == ["ops"])

            // Known by subject from now on; another subject with the same address is a stranger.
            let again = try await fixture.signIn(acme.id, subject: "bob", mail: nil)
            #expect(again.user == first.user)
            #expect(again.session != first.session)
            #expect(again.changeVersion == nil)
            let other = await #expect(throws: Failure.self) {
                _ = try await fixture.signIn(acme.id, subject: "not-bob", mail: "bob@acme.example")
            }
            #expect(other == .notAMember)
        }
    }

    @Test func anExpiredInvitationOpensNothing() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let invitation = Invitation(mail: "late@x", roles: [.developer], expiresAt: Date().addingTimeInterval(-1))
            _ = try await fixture.people.invite(invitation, in: acme.scope) { _ in
                StoreFixture.record(.userInvited, acme.id)
            }
            let failure = await #expect(throws: Failure.self) {
                _ = try await fixture.signIn(acme.id, subject: "late", mail: "late@x")
            }
            #expect(failure == .notAMember)
        }
    }

    @Test func aSignInWorksOnceInItsTimeWithItsNonceItsIssuerAndItsOrganization() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let globex = try await fixture.organization("globex")
            let now = Date()
            func begin(_ lifetime: TimeInterval = 600) async throws -> SignInID {
                try await fixture.signIns.begin(
                    in: acme.id,
                    issuer: StoreFixture.issuer,
                    nonce: "n",
                    expiresAt: now.addingTimeInterval(lifetime),
                    now: now
                )
            }
            func complete(
                _ id: SignInID,
                in organization: OrganizationID,
                nonce: String = "n",
                issuer: String = StoreFixture.issuer
            ) async throws -> SessionGrant {
                try await fixture.signIns.complete(
                    id,
                    in: organization,
                    nonce: nonce,
                    identity: ProvenIdentity(issuer: issuer, subject: "ada", verifiedMail: nil, displayName: nil),
                    refreshExpiresAt: now.addingTimeInterval(3600),
                    now: now
                ) { _ in StoreFixture.record(.sessionCreated, organization) }
            }
            let good = try await begin()
            #expect(await failure { _ = try await complete(good, in: acme.id, nonce: "other") } == .invalidSignIn)
            #expect(await failure { _ = try await complete(good, in: acme.id, issuer: "https://x") } == .invalidSignIn)
            #expect(await failure { _ = try await complete(good, in: globex.id) } == .invalidSignIn)
            #expect(await failure { _ = try await complete(SignInID.random(), in: acme.id) } == .invalidSignIn)
            let late = try await begin(-1)
            #expect(await failure { _ = try await complete(late, in: acme.id) } == .invalidSignIn)

            #expect(try await complete(good, in: acme.id).user == acme.admin)
            #expect(await failure { _ = try await complete(good, in: acme.id) } == .invalidSignIn)
            let unknown = OrganizationID.random()
            #expect(
                await failure {
                    _ = try await fixture.signIns.begin(in: unknown, issuer: "i", nonce: "n", expiresAt: now, now: now)
                } == .notFound
            )
        }
    }

    @Test func aOneTimeCodeWorksOnceInItsTime() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let globex = try await fixture.organization("globex")
            let now = Date()
            func redeem(_ code: String, at moment: Date, in organization: OrganizationID) async throws -> SessionGrant {
                try await fixture.signIns.redeem(
                    code: code,
                    in: organization,
                    refreshExpiresAt: moment.addingTimeInterval(3600),
                    now: moment
                ) { _ in StoreFixture.record(.sessionCreated, organization) }
            }
            for code in ["first", "second"] {
                try await fixture.signIns.issueCode(
                    code,
                    for: acme.admin,
                    in: acme.id,
                    expiresAt: now.addingTimeInterval(1800),
                    now: now
                )
            }
            #expect(await failure { _ = try await redeem("first", at: now, in: globex.id) } == .invalidSignIn)
            #expect(await failure { _ = try await redeem("other", at: now, in: acme.id) } == .invalidSignIn)
            #expect(try await redeem("first", at: now, in: acme.id).user == acme.admin)
            #expect(await failure { _ = try await redeem("first", at: now, in: acme.id) } == .invalidSignIn)
            let later = now.addingTimeInterval(1801)
            #expect(await failure { _ = try await redeem("second", at: later, in: acme.id) } == .invalidSignIn)
        }
    }

    @Test func noNonceCodeOrRefreshTokenStandsInTheDatabaseInClear() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.furnished("acme")
            let superuser = try await fixture.test.superuser()
            let rows = try await superuser.query(
                """
                SELECT (SELECT string_agg(s::text, '') FROM sessions s)
                    || (SELECT string_agg(s::text, '') FROM sign_ins s)
                    || (SELECT string_agg(c::text, '') FROM one_time_codes c)
                    || (SELECT string_agg(c::text, '') FROM credentials c) AS everything
                """
            )
            let everything: String = try #require(try rows.first?.get("everything"))
            for secret in [acme.refreshToken, "sk-canary", "nonce", "code"] {
                let hex = Array(secret.utf8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                #expect(!everything.contains(secret))
                #expect(!everything.contains(hex))
            }
        }
    }
}

/// What a call is refused with; nil when it is not.
func failure(_ body: () async throws -> Void) async -> Failure? {
    do {
        try await body()
        return nil
    } catch {
        return Failure(storeError: error)
    }
}
