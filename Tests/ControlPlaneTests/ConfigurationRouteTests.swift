import Audit
import ControlAPI
import Cryptography
import Foundation
import Identity
import Model
import Policy
import PolicyDocuments
import Testing

@testable import ControlPlane

@Suite struct ConfigurationRouteTests {
    let fixture: ControlFixture
    let reception: Reception

    init() throws {
        fixture = try ControlFixture()
        reception = fixture.reception()
    }

    func signed(_ document: SignedDocument) throws -> SignedBytes {
        SignedBytes(
            payload: try #require(Base64URL.decode(document.payload)),
            signature: try #require(Base64URL.decode(document.signature)),
            key: document.key
        )
    }

    @Test(arguments: ["user", "enforced"])
    func aBundleIsSignedForItsCallerAndFresh(form: String) async throws {
        let bearer = try fixture.assertion(.developer)
        let answer = await reception.ask("GET", "/v1/config", query: "form=\(form)&profile=staging", bearer: bearer)
        #expect(answer.status == 200)
        let body = try answer.decoded(as: ConfigurationAnswer.self)
        let key = fixture.configurationKey.publicKey
        let bundle = try ConfigurationBundle(verifying: signed(body.bundle), with: key)
        #expect(bundle.audience == .user(try #require(fixture.users[.developer])))
        #expect(bundle.organization == fixture.organization)
        #expect(bundle.form.rawValue == form)
        #expect(bundle.content.relay == "https://relay.example")
        #expect(bundle.content.profiles.map(\.name.text) == ["staging"])
        #expect(answer.header("ETag") == bundle.etag)
        let statement = try FreshnessStatement(verifying: signed(body.freshness), with: key)
        try statement.check(bundle, now: fixture.now)
        let tomorrow = fixture.now + 86_401
        #expect(throws: BundleProblem.expired) { try statement.check(bundle, now: tomorrow) }
    }

    @Test func anUnchangedBundleIs304WithANewFreshnessStatement() async throws {
        let bearer = try fixture.assertion(.developer)
        let first = await reception.ask("GET", "/v1/config", bearer: bearer)
        let etag = try #require(first.header("ETag"))
        let body = try first.decoded(as: ConfigurationAnswer.self)
        let key = fixture.configurationKey.publicKey
        let bundle = try ConfigurationBundle(verifying: signed(body.bundle), with: key)
        fixture.advance(by: 1000)
        // Another change of the organization raises the order and not the content.
        try fixture.load(version: 9)
        for condition in [etag, "W/\(etag)", "\"x\", \(etag)"] {
            let again = await reception.ask("GET", "/v1/config", bearer: bearer, ifNoneMatch: condition)
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            let header = try #require(again.header(ControlHeader.freshness))
            let document = try #require(SignedDocument(compact: header))
            let statement = try FreshnessStatement(verifying: signed(document), with: key)
            try statement.check(bundle, now: fixture.now)
            #expect(statement.notAfter == fixture.now + 86_400)
            #expect(statement.order.revision == 9)
        }
        #expect(await reception.ask("GET", "/v1/config", bearer: bearer, ifNoneMatch: "\"x\"").status == 200)
        let enforced = await reception.ask(
            "GET",
            "/v1/config",
            query: "form=enforced",
            bearer: bearer,
            ifNoneMatch: etag
        )
        #expect(enforced.status == 200)
    }

    @Test func anUnknownFormIsRefused() async throws {
        let bearer = try fixture.assertion(.developer)
        let answer = await reception.ask("GET", "/v1/config", query: "form=root", bearer: bearer)
        #expect(try answer.decoded(as: Problem.self).failure == .malformedRequest)
    }

    @Test func profilesAndModelsAreThoseOfTheCaller() async throws {
        let bearer = try fixture.assertion(.developer)
        let profiles = try await reception.ask("GET", "/v1/profiles", bearer: bearer).decoded(as: ProfileList.self)
        #expect(profiles.profiles.map(\.name.text) == ["staging"])
        #expect(profiles.profiles.first?.modelProvider?.text == "echo")
        let models = try await reception.ask("GET", "/v1/models", query: "profile=staging", bearer: bearer)
            .decoded(as: ModelList.self)
        #expect(models.defaultModel == "gpt-5.4-mini")
        #expect(models.models.map(\.id) == ["gpt-5.4-mini"])
        let closed = await reception.ask("GET", "/v1/models", query: "profile=closed", bearer: bearer)
        #expect(try closed.decoded(as: Problem.self).failure == .profileNotAllowed)
    }

    @Test func discoveryNamesTheOnlyOrganizationAndTheKey() async throws {
        let discovery = try await reception.ask("GET", "/v1/discovery").decoded(as: Discovery.self)
        #expect(discovery.deployment == fixture.deployment)
        #expect(discovery.defaultOrganization?.text == "acme")
        #expect(discovery.configurationKey.fingerprint == fixture.configurationKey.publicKey.fingerprint)
        #expect(discovery.relayURL == "https://relay.example")
    }

    @Test(arguments: Role.allCases)
    func whoamiSaysWhoTheCallerIs(role: Role) async throws {
        let answer = await reception.ask("GET", "/v1/whoami", bearer: try fixture.assertion(role))
        let whoami = try answer.decoded(as: Whoami.self)
        #expect(whoami.roles == [role])
        #expect(whoami.kind == (role == .platformOperator ? "operator" : "user"))
        #expect((whoami.organization == nil) == (role == .platformOperator))
        #expect(whoami.profiles.map(\.text) == (role == .developer ? ["staging"] : []))
    }

    @Test func readinessTellsServingFromWriting() async throws {
        #expect(try await reception.ask("GET", "/readyz").decoded(as: Readiness.self).canWrite)
        fixture.snapshots.verificationFailed()
        let away = await reception.ask("GET", "/readyz")
        #expect(away.status == 200)
        let readiness = try away.decoded(as: Readiness.self)
        #expect(readiness.canServe && !readiness.canWrite)
        fixture.journal.close()
        #expect(await reception.ask("GET", "/readyz").status == 503)
        #expect(await reception.ask("GET", "/healthz").status == 200)
    }
}
