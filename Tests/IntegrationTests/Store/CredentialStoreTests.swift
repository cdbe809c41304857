import Audit
import Credentials
import Cryptography
import FoundationEssentials
import KeyreeveTesting
import Model
import Policy
import Postgres
import Store
import Testing

@Suite struct CredentialStoreTests {
    @Test func aValueOpensOnlyAtItsOwnPlaceAndGeneration() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let first = try await fixture.set("sk-one", in: acme)
            let second = try await fixture.set("sk-two", in: acme)
            #expect(first.value.generation == 1)
            #expect(second.value.generation == 2)
            #expect(first.value.fingerprint != second.value.fingerprint)
            #expect(second.changeVersion == first.changeVersion + 1)

            let snapshot = try #require(try await fixture.snapshots.load(acme.id))
            let stored = try #require(snapshot.credentials[StoreFixture.secretName])
            let sealed = try #require(SealedField(bytes: stored.sealed))
            let location = SealLocation.credential(StoreFixture.secretName, generation: 2, of: acme.id)
            let opened = try fixture.sealer.open(sealed, at: location, wrapped: stored.wrappedDataKey)
            #expect(opened.isEqual(to: try fixture.secret("sk-two")))
            #expect(stored.row == location.row)
            let elsewhere = SealLocation.credential(StoreFixture.secretName, generation: 1, of: acme.id)
            #expect(throws: SealError.self) {
                _ = try fixture.sealer.open(sealed, at: elsewhere, wrapped: stored.wrappedDataKey)
            }
        }
    }

    @Test func aDeletedCredentialNeverReusesAGeneration() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            _ = try await fixture.set("sk-one", in: acme)
            let record = StoreFixture.record(.credentialDeleted, acme.id)
            _ = try await fixture.credentials.delete(StoreFixture.secretName, in: acme.scope, record: record)
            #expect(try await fixture.credentials.all(in: acme.scope).isEmpty)
            #expect(try await fixture.snapshots.load(acme.id)?.credentials.isEmpty == true)
            #expect(
                await failure {
                    _ = try await fixture.credentials.delete(StoreFixture.secretName, in: acme.scope, record: record)
                } == .notFound
            )
            #expect(try await fixture.set("sk-three", in: acme).value.generation == 3)
            #expect(try await fixture.recorded(.credentialDeleted, acme.id) == 1)
        }
    }

    @Test func twoOrganizationsNeverShareADataKeyOrAFingerprint() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let globex = try await fixture.organization("globex")
            let one = try await fixture.set("sk-same", in: acme)
            let two = try await fixture.set("sk-same", in: globex)
            #expect(one.value.fingerprint != two.value.fingerprint)
            let rows = try await fixture.test.superuser().query("SELECT count(DISTINCT id) AS n FROM data_keys")
            #expect(try rows.first?.get("n", as: Int.self) == 2)
        }
    }
}

extension StoreFixture {
    func set(_ text: String, in home: Home) async throws -> Published<CredentialSummary> {
        try await credentials.set(Self.secretName, to: try secret(text), in: home.scope) { _ in
            Self.record(.credentialSet, home.id)
        }
    }
}
