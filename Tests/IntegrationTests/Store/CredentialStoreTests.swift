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
            func place(generation: Int64) -> SealLocation {
                .credential(
                    StoreFixture.secretName,
                    generation: generation,
                    destinations: stored.destinations.texts,
                    of: acme.id
                )
            }
            #expect(stored.destinations == StoreFixture.destinations)
            let location = place(generation: 2)
            let opened = try fixture.sealer.open(sealed, at: location, wrapped: stored.wrappedDataKey)
            #expect(opened.isEqual(to: try fixture.secret("sk-two")))
            #expect(stored.row == location.row)
            #expect(throws: SealError.self) {
                _ = try fixture.sealer.open(sealed, at: place(generation: 1), wrapped: stored.wrappedDataKey)
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

    /// Someone who can write to the database, but has no root key, pastes one row's columns over another's.
    @Test func nothingPastedIntoAnotherRowOpensThere() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let globex = try await fixture.organization("globex")
            let other = CredentialName(unchecked: "other")
            _ = try await fixture.set("sk-acme", in: acme)
            _ = try await fixture.set("sk-other", as: other, for: "https://evil.example", in: acme)
            _ = try await fixture.set("sk-globex", in: globex)
            #expect(try await fixture.leases(StoreFixture.secretName, of: acme))
            let pastes: [(String, SQL)] = [
                (
                    "the value of another row",
                    """
                    UPDATE credentials c SET sealed = o.sealed, data_key_id = o.data_key_id FROM credentials o
                    WHERE c.organization_id = \(acme.id) AND c.name = 'azure-prod'
                        AND o.organization_id = c.organization_id AND o.name = 'other'
                    """
                ),
                (
                    "the value of another row with its destinations",
                    """
                    UPDATE credentials c SET sealed = o.sealed, data_key_id = o.data_key_id,
                        destinations = o.destinations FROM credentials o
                    WHERE c.organization_id = \(acme.id) AND c.name = 'azure-prod'
                        AND o.organization_id = c.organization_id AND o.name = 'other'
                    """
                ),
                (
                    "the destinations of another row",
                    """
                    UPDATE credentials c SET destinations = o.destinations FROM credentials o
                    WHERE c.organization_id = \(acme.id) AND c.name = 'azure-prod'
                        AND o.organization_id = c.organization_id AND o.name = 'other'
                    """
                ),
                (
                    "one more destination",
                    """
                    UPDATE credentials SET destinations = destinations || ARRAY['https://evil.example']
                    WHERE organization_id = \(acme.id) AND name = 'azure-prod'
                    """
                ),
                ("no destination", "UPDATE credentials SET destinations = '{}' WHERE organization_id = \(acme.id)"),
                (
                    "another generation",
                    "UPDATE credentials SET generation = generation + 1 WHERE organization_id = \(acme.id)"
                ),
                (
                    "the value of another organization, its data key too",
                    """
                    WITH key AS (
                        INSERT INTO data_keys (organization_id, id, wrapped, created_at)
                        SELECT \(acme.id), id, wrapped, '2000-01-01' FROM data_keys WHERE organization_id = \(globex.id) RETURNING id
                    )
                    UPDATE credentials c SET sealed = o.sealed, data_key_id = o.data_key_id FROM credentials o
                    WHERE c.organization_id = \(acme.id) AND c.name = 'azure-prod'
                        AND o.organization_id = \(globex.id) AND o.name = 'azure-prod'
                    """
                ),
            ]
            for (what, paste) in pastes {
                let superuser = try await fixture.test.superuser()
                #expect(try await superuser.execute(paste) >= 1, "\(what)")
                #expect(try await !fixture.leases(StoreFixture.secretName, of: acme), "\(what)")
                // Nor does the next value go where the row says.
                #expect(
                    await failure { _ = try await fixture.set("sk-new", for: nil, in: acme) } == .destinationRequired,
                    "\(what)"
                )
                _ = try await fixture.set("sk-acme", in: acme)
                #expect(try await fixture.leases(StoreFixture.secretName, of: acme), "\(what)")
            }
        }
    }

    @Test func aNewValueKeepsTheDestinationsUnlessItBringsItsOwn() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            #expect(await failure { _ = try await fixture.set("sk", for: nil, in: acme) } == .destinationRequired)
            #expect(try await fixture.recorded(.credentialSet, acme.id) == 0)
            _ = try await fixture.set("sk-one", in: acme)
            #expect(try await fixture.set("sk-two", for: nil, in: acme).value.destinations == StoreFixture.destinations)
            let moved = try await fixture.set("sk-three", for: "https://new.example", in: acme).value
            #expect(moved.destinations.texts == ["https://new.example"])
            #expect(try await fixture.credentials.all(in: acme.scope).map(\.destinations) == [moved.destinations])
            let record = StoreFixture.record(.credentialDeleted, acme.id)
            _ = try await fixture.credentials.delete(StoreFixture.secretName, in: acme.scope, record: record)
            #expect(await failure { _ = try await fixture.set("sk", for: nil, in: acme) } == .destinationRequired)
        }
    }
}

extension StoreFixture {
    static let destinations = CredentialDestinations(stored: [
        "https://*.openai.azure.com/openai", "https://acme.example",
    ])

    func set(
        _ text: String,
        as name: CredentialName = secretName,
        in home: Home
    ) async throws -> Published<CredentialSummary> {
        try await set(text, as: name, to: Self.destinations, in: home)
    }

    /// Nil keeps those of the value that is there.
    func set(
        _ text: String,
        as name: CredentialName = secretName,
        for destination: String?,
        in home: Home
    ) async throws -> Published<CredentialSummary> {
        try await set(text, as: name, to: destination.map { CredentialDestinations(stored: [$0]) }, in: home)
    }

    private func set(
        _ text: String,
        as name: CredentialName,
        to destinations: CredentialDestinations?,
        in home: Home
    ) async throws -> Published<CredentialSummary> {
        try await credentials.set(name, to: try secret(text), for: destinations, in: home.scope) { _ in
            Self.record(.credentialSet, home.id)
        }
    }

    /// Whether what the snapshot carries opens, read as the relay reads it.
    func leases(_ name: CredentialName, of home: Home) async throws -> Bool {
        guard let record = try await snapshots.load(home.id)?.credentials[name],
            let sealed = SealedField(bytes: record.sealed)
        else { return false }
        let stored = StoredCredential(
            name: name,
            generation: record.generation,
            sealed: sealed,
            wrappedDataKey: record.wrappedDataKey,
            location: .credential(
                name,
                generation: record.generation,
                destinations: record.destinations.texts,
                of: home.id
            )
        )
        do {
            try CredentialCache(sealer: sealer).lease(stored, organization: home.id).end()
            return true
        } catch {
            return false
        }
    }
}
