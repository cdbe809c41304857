import Credentials
import Cryptography
import Model
import Testing

@Suite struct SealerTests {
    @Test func whatWasSealedOpensAtItsPlaceAlsoAfterARestart() throws {
        let deployment = try Deployment()
        for count in [0, 1, 40, 10_000] {
            let plaintext = SecureRandom.bytes(count)
            let field = try deployment.sealer.seal(
                plaintext,
                at: deployment.location(),
                dataKey: deployment.dataKey,
                wrapped: deployment.wrapped
            )
            for sealer in [deployment.sealer, deployment.restarted()] {
                let opened = try sealer.open(field, at: deployment.location(), wrapped: deployment.wrapped)
                #expect(opened.copyOfBytes() == plaintext)
            }
        }
    }

    @Test func aFieldMovedAnywhereElseNeverOpens() throws {
        let deployment = try Deployment()
        let home = deployment.location()
        let field = try seal("secret", at: home, in: deployment)
        let other = OrganizationID.random()
        let foreign: [SealLocation] = [
            SealLocation(organization: other, table: home.table, row: home.row, field: home.field, version: 1),
            SealLocation(organization: nil, table: home.table, row: home.row, field: home.field, version: 1),
            SealLocation(
                organization: home.organization,
                table: "signing_keys",
                row: home.row,
                field: home.field,
                version: 1
            ),
            deployment.location(row: "azure-staging"),
            SealLocation(organization: home.organization, table: home.table, row: home.row, field: "old", version: 1),
            deployment.location(version: 2),
            deployment.location(version: -1),
            deployment.location(terms: ["https://evil.example"]),
            deployment.location(terms: [""]),
            // The same letters, divided otherwise.
            SealLocation(
                organization: home.organization,
                table: "credentialsa",
                row: "zure-prod",
                field: "value",
                version: 1
            ),
            SealLocation(
                organization: home.organization,
                table: "credentials",
                row: "azure-prodv",
                field: "alue",
                version: 1
            ),
        ]
        for location in foreign {
            // With the data key cached and without.
            for sealer in [deployment.sealer, deployment.restarted()] {
                #expect(throws: SealError.notAuthentic) {
                    try sealer.open(field, at: location, wrapped: deployment.wrapped)
                }
            }
        }
        #expect(throws: Never.self) { try deployment.sealer.open(field, at: home, wrapped: deployment.wrapped) }
    }

    /// Who writes to the database cannot choose other destinations, nor take away, double or re-divide one.
    @Test func aCredentialOpensOnlyWithTheDestinationsItWasSealedWith() throws {
        let deployment = try Deployment()
        func location(_ destinations: [String]) throws -> SealLocation {
            SealLocation.credential(
                try #require(CredentialName("azure-prod")),
                generation: 1,
                destinations: destinations,
                of: deployment.organization
            )
        }
        let home = try location(["https://a.example", "https://b.example"])
        let field = try seal("secret", at: home, in: deployment)
        let others = [
            [], ["https://a.example"], ["https://b.example", "https://a.example"], ["https://evil.example"],
            ["https://a.example", "https://b.example", "https://evil.example"],
            ["https://a.example", "https://b.example", ""], ["https://a.examplehttps://b.example"],
            ["https://a.exampleh", "ttps://b.example"],
        ]
        for destinations in others {
            for sealer in [deployment.sealer, deployment.restarted()] {
                #expect(throws: SealError.notAuthentic, "\(destinations)") {
                    try sealer.open(field, at: try location(destinations), wrapped: deployment.wrapped)
                }
            }
        }
        #expect(throws: Never.self) { try deployment.sealer.open(field, at: home, wrapped: deployment.wrapped) }
    }

    @Test func anotherOrganizationsDataKeyOpensNothing() throws {
        let deployment = try Deployment()
        let field = try seal("secret", at: deployment.location(), in: deployment)
        let (_, otherWrapped) = try deployment.sealer.newDataKey(for: OrganizationID.random())
        let (_, platformWrapped) = try deployment.sealer.newDataKey(for: nil)
        let (_, secondWrapped) = try deployment.sealer.newDataKey(for: deployment.organization)
        for wrapped in [otherWrapped, platformWrapped, secondWrapped] {
            #expect(throws: SealError.notAuthentic) {
                try deployment.sealer.open(field, at: deployment.location(), wrapped: wrapped)
            }
        }
    }

    @Test func aWrappedKeyIsBoundToItsOrganizationAndItsId() throws {
        let deployment = try Deployment()
        let mine = deployment.location()
        let theirs = SealLocation(organization: .random(), table: "t", row: "r", field: "f", version: 1)
        for sealer in [deployment.sealer, deployment.restarted()] {
            #expect(throws: SealError.notAuthentic) {
                try sealer.seal([1], at: theirs, dataKey: deployment.dataKey, wrapped: deployment.wrapped)
            }
            #expect(throws: SealError.notAuthentic) {
                try sealer.seal([1], at: mine, dataKey: .random(), wrapped: deployment.wrapped)
            }
            for index in deployment.wrapped.indices {
                var altered = deployment.wrapped
                altered[index] ^= 1
                #expect(throws: SealError.self) {
                    try sealer.seal([1], at: mine, dataKey: deployment.dataKey, wrapped: altered)
                }
                #expect(throws: SealError.malformed) {
                    let cut = Array(deployment.wrapped[..<index])
                    return try sealer.seal([1], at: mine, dataKey: deployment.dataKey, wrapped: cut)
                }
            }
        }
    }

    @Test func anotherRootKeyOpensNothing() throws {
        let deployment = try Deployment()
        let field = try seal("secret", at: deployment.location(), in: deployment)
        let other = Sealer(rootKey: try SecureRandom.secret(32, in: deployment.arena), arena: deployment.arena)
        #expect(throws: SealError.notAuthentic) {
            try other.open(field, at: deployment.location(), wrapped: deployment.wrapped)
        }
    }

    @Test(arguments: [1, 16, 31, 33])
    func aRootKeyOfAnotherSizeDoesNothing(count: Int) throws {
        let arena = try testArena()
        let sealer = Sealer(rootKey: try SecureRandom.secret(count, in: arena), arena: arena)
        #expect(throws: SealError.badRootKey) { try sealer.newDataKey(for: nil) }
        #expect(throws: SealError.badRootKey) { try sealer.purposeKey("tokens") }
    }

    @Test func sealingTwiceShowsNothingInCommon() throws {
        let deployment = try Deployment()
        let fields = try (0..<100).map { _ in try seal("the same", at: deployment.location(), in: deployment) }
        #expect(Set(fields.map(\.salt)).count == 100)
        #expect(Set(fields.map(\.nonce)).count == 100)
        #expect(Set(fields.map(\.ciphertext)).count == 100)
    }

    @Test func aFingerprintTellsValuesApartWithinOneOrganizationOnly() throws {
        let deployment = try Deployment()
        let secret = try deployment.arena.store(Array("sk-value".utf8))
        let fingerprint = try deployment.sealer.fingerprint(of: secret, organization: deployment.organization)
        #expect(fingerprint.utf8.count == 32)
        let sameAgain = try deployment.restarted().fingerprint(
            of: deployment.arena.store(Array("sk-value".utf8)),
            organization: deployment.organization
        )
        #expect(sameAgain == fingerprint)
        let otherValue = try deployment.sealer.fingerprint(
            of: deployment.arena.store(Array("sk-valuf".utf8)),
            organization: deployment.organization
        )
        #expect(otherValue != fingerprint)
        #expect(try deployment.sealer.fingerprint(of: secret, organization: .random()) != fingerprint)
        // Not a bare digest, which could be guessed at.
        #expect(!SHA256Hash.digest(Array("sk-value".utf8)).hex.hasPrefix(fingerprint))
    }

    @Test func everyPurposeHasItsOwnKey() throws {
        let deployment = try Deployment()
        let first = try deployment.sealer.purposeKey("api-token-pepper")
        #expect(first.count == 32)
        #expect(first.isEqual(to: try deployment.restarted().purposeKey("api-token-pepper")))
        #expect(!first.isEqual(to: try deployment.sealer.purposeKey("api-token-pepper2")))
        #expect(!first.isEqual(to: try deployment.sealer.purposeKey("")))
        #expect(!first.isEqual(to: deployment.rootKey))
    }

    @Test func afterForgettingTheWrappedKeyIsNeededAgain() throws {
        let deployment = try Deployment()
        let field = try seal("secret", at: deployment.location(), in: deployment)
        deployment.sealer.forget(organization: deployment.organization)
        let opened = try deployment.sealer.open(field, at: deployment.location(), wrapped: deployment.wrapped)
        #expect(opened.copyOfBytes() == Array("secret".utf8))
        deployment.sealer.forget(organization: deployment.organization)
        #expect(throws: SealError.malformed) {
            try deployment.sealer.open(field, at: deployment.location(), wrapped: [])
        }
    }

    private func seal(_ text: String, at location: SealLocation, in deployment: Deployment) throws -> SealedField {
        try deployment.sealer.seal(
            Array(text.utf8),
            at: location,
            dataKey: deployment.dataKey,
            wrapped: deployment.wrapped
        )
    }
}
