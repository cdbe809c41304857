import Audit
import ControlAPI
import Foundation
import Identity
import Model
import Policy
import Testing

@testable import ControlPlane

/// The exchange works with the database away, and leaves a durable record each time.
@Suite struct RelayTokenExchangeTests {
    let fixture: ControlFixture
    let reception: Reception

    init() throws {
        fixture = try ControlFixture()
        reception = fixture.reception()
    }

    func exchange(_ bearer: String, profile: String? = nil) async -> ControlAnswer {
        let body = profile.map { #"{"profile":"\#($0)"}"# } ?? "{}"
        return await reception.ask("POST", "/v1/relay-tokens", bearer: bearer, body: body)
    }

    @Test func anAssertionBecomesARelayTokenAndTheRecordIsDurable() async throws {
        fixture.snapshots.verificationFailed()
        let answer = try await exchange(try fixture.assertion(.developer)).decoded(as: RelayTokenAnswer.self)
        #expect(answer.expiresAt == fixture.now + 600)
        #expect(answer.profile?.text == "staging")
        let relay = RelayAuthenticator(
            verifier: fixture.verifier,
            snapshots: fixture.snapshots,
            apiTokenPepper: fixture.pepper
        )
        let principal = try relay.authenticate(tokenBytes: Array(answer.token.utf8), now: fixture.now).get()
        #expect(principal.organization == fixture.organization)
        #expect(principal.subject == .user(try #require(fixture.users[.developer])))
        #expect(principal.activeProfile?.text == "staging")
        let record = try #require(try fixture.records().last)
        #expect(record.kind == .tokenExchanged)
        #expect(record.organization == fixture.organization)
        #expect(record.fields["profile"] == "staging")
        #expect(record.fields["actor_id"]?.string == fixture.users[.developer]?.description)
        #expect(record.fields["session"] != nil)
        #expect(record.fields["client_address"] == "192.0.2.7")
        #expect(!String(decoding: record.canonicalBytes, as: UTF8.self).contains(answer.token))
    }

    @Test func aRelayTokenNeverOutlivesItsAssertion() async throws {
        let bearer = try fixture.assertion(.developer, life: 100)
        let answer = try await exchange(bearer).decoded(as: RelayTokenAnswer.self)
        #expect(answer.expiresAt == fixture.now + 100)
    }

    @Test func anAPITokenCanBeExchangedToo() async throws {
        let answer = try await exchange(fixture.apiToken.text, profile: "staging").decoded(as: RelayTokenAnswer.self)
        let claims = try fixture.verifier.verify(answer.token, audience: .relay, now: fixture.now).get()
        #expect(claims.subject == .serviceAccount(fixture.account))
        #expect(claims.apiToken == fixture.apiToken.id)
        #expect(claims.session == nil)
    }

    @Test(arguments: [("closed", Failure.profileNotAllowed), ("none-such", .unknownProfile)])
    func aProfileThatIsNotOpenIsRefusedAndRecorded(profile: String, failure: Failure) async throws {
        let answer = await exchange(try fixture.assertion(.developer), profile: profile)
        #expect(answer.status == failure.status)
        #expect(try answer.decoded(as: Problem.self).failure == failure)
        let record = try #require(try fixture.records().last)
        #expect(record.kind == .tokenRefused)
        #expect(record.fields["reason"] == .string(failure.rawValue))
    }

    @Test func someoneWithoutTheDeveloperRoleGetsNone() async throws {
        let answer = await exchange(try fixture.assertion(.auditor))
        #expect(try answer.decoded(as: Problem.self).failure == .profileNotAllowed)
    }

    @Test func aRaisedEpochEndsTheExchange() async throws {
        let bearer = try fixture.assertion(.developer)
        #expect(await exchange(bearer).status == 200)
        try fixture.load(version: 2, epochs: Epochs(users: [try #require(fixture.users[.developer]): 1]))
        let answer = await exchange(bearer)
        #expect(answer.status == 401)
        #expect(try answer.decoded(as: Problem.self).failure == .revokedToken)
    }

    @Test func withoutAJournalNoTokenLeaves() async throws {
        fixture.journal.close()
        let answer = await exchange(try fixture.assertion(.developer))
        #expect(answer.status == 503)
        #expect(try answer.decoded(as: Problem.self).failure == .auditUnavailable)
        #expect(!answer.text.contains("eyJ"))
    }

    @Test func halfAnHourWithoutADatabaseIsInvisible() async throws {
        fixture.snapshots.verificationFailed()
        let bearer = try fixture.assertion(.developer, life: 43_200)
        for _ in 0..<30 {
            #expect(await exchange(bearer).status == 200)
            fixture.advance(by: 60)
        }
        fixture.advance(by: 43_200)
        #expect(await exchange(bearer).status == 401)
    }
}
