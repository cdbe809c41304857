import Credentials
import Cryptography
import Model
import Synchronization
import Testing

@Suite struct CredentialCacheTests {
    @Test func tenThousandLeasesOpenOnce() throws {
        let deployment = try Deployment()
        let cache = CredentialCache(sealer: deployment.sealer)
        let stored = try deployment.credential("azure-prod", holding: "sk-value")
        var fingerprints: Set<String> = []
        var isRight = true
        for _ in 0..<10_000 {
            let lease = try cache.lease(stored, organization: deployment.organization)
            isRight = isRight && lease.withBytes { $0.copyOfBytes() } == Array("sk-value".utf8)
            isRight = isRight && lease.generation == 1 && lease.count == 8
            fingerprints.insert(lease.fingerprint)
            lease.end()
        }
        #expect(isRight)
        #expect(fingerprints.count == 1)
        #expect(cache.openingCount == 1)
    }

    @Test func tenThousandCredentialsAreHeldAtOnce() throws {
        let deployment = try Deployment()
        let cache = CredentialCache(sealer: deployment.sealer)
        let stored = try (0..<10_000).map { try deployment.credential("c\($0)", holding: "value of \($0)") }
        for _ in 0..<2 {
            for (index, credential) in stored.enumerated() {
                let lease = try cache.lease(credential, organization: deployment.organization)
                let bytes = lease.withBytes { $0.copyOfBytes() }
                if bytes != Array("value of \(index)".utf8) { Issue.record("another credential was leased") }
                lease.end()
            }
        }
        #expect(cache.openingCount == 10_000)
    }

    @Test func manyThreadsOpenOnce() async throws {
        let deployment = try Deployment()
        let cache = CredentialCache(sealer: deployment.sealer)
        let stored = try deployment.credential("azure-prod", holding: "sk-value")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 { try cache.lease(stored, organization: deployment.organization).end() }
                }
            }
            try await group.waitForAll()
        }
        #expect(cache.openingCount == 1)
    }

    @Test func aNewGenerationIsOpenedAndOldLeasesKeepTheirs() throws {
        let deployment = try Deployment()
        let cache = CredentialCache(sealer: deployment.sealer)
        let first = try deployment.credential("azure-prod", holding: "old", generation: 1)
        let second = try deployment.credential("azure-prod", holding: "new", generation: 2)
        let old = try cache.lease(first, organization: deployment.organization)
        let new = try cache.lease(second, organization: deployment.organization)
        #expect(old.withBytes { $0.copyOfBytes() } == Array("old".utf8))
        #expect(new.withBytes { $0.copyOfBytes() } == Array("new".utf8))
        let generations = [old.generation, new.generation]
        #expect(generations == [1, 2])
        let fingerprints = [old.fingerprint, new.fingerprint]
        #expect(Set(fingerprints).count == 2)
        #expect(cache.openingCount == 2)
        old.end()
        new.end()
    }

    @Test func anotherValueUnderTheSameGenerationIsNotMixedUp() throws {
        let deployment = try Deployment()
        let cache = CredentialCache(sealer: deployment.sealer)
        let before = try deployment.credential("azure-prod", holding: "before restore")
        let after = try deployment.credential("azure-prod", holding: "after restore")
        try cache.lease(before, organization: deployment.organization).end()
        let lease = try cache.lease(after, organization: deployment.organization)
        #expect(lease.withBytes { $0.copyOfBytes() } == Array("after restore".utf8))
        lease.end()
    }

    @Test func anotherOrganizationGetsNothingEvenOfACachedCredential() throws {
        let deployment = try Deployment()
        let failures = Mutex<[SealError]>([])
        let cache = CredentialCache(sealer: deployment.sealer) { _, _, error in failures.withLock { $0.append(error) } }
        let stored = try deployment.credential("azure-prod", holding: "sk-value")
        try cache.lease(stored, organization: deployment.organization).end()
        #expect(throws: Failure.credentialUnavailable) {
            try cache.lease(stored, organization: .random()).end()
        }
        // Also where the row claims to be the other's.
        let other = OrganizationID.random()
        let claimed = StoredCredential(
            name: stored.name,
            generation: stored.generation,
            sealed: stored.sealed,
            wrappedDataKey: stored.wrappedDataKey,
            location: SealLocation(
                organization: other,
                table: stored.location.table,
                row: stored.location.row,
                field: stored.location.field,
                version: stored.location.version
            )
        )
        #expect(throws: Failure.credentialUnavailable) { try cache.lease(claimed, organization: other).end() }
        #expect(failures.withLock { $0 } == [.notAuthentic, .notAuthentic])
    }

    @Test func otherDestinationsGetNothingEvenOfACachedCredential() throws {
        let deployment = try Deployment()
        let cache = CredentialCache(sealer: deployment.sealer)
        let stored = try deployment.credential("azure-prod", holding: "sk-value")
        try cache.lease(stored, organization: deployment.organization).end()
        let claimed = StoredCredential(
            name: stored.name,
            generation: stored.generation,
            sealed: stored.sealed,
            wrappedDataKey: stored.wrappedDataKey,
            location: deployment.location(terms: ["https://evil.example"])
        )
        #expect(throws: Failure.credentialUnavailable) {
            try cache.lease(claimed, organization: deployment.organization).end()
        }
    }

    @Test func whatDoesNotOpenIsTriedAgainAndSpoilsNothing() throws {
        let deployment = try Deployment()
        let cache = CredentialCache(sealer: deployment.sealer)
        let good = try deployment.credential("azure-prod", holding: "sk-value")
        var bytes = good.sealed.bytes
        bytes[bytes.count - 1] ^= 1
        let bad = StoredCredential(
            name: good.name,
            generation: good.generation,
            sealed: try #require(SealedField(bytes: bytes)),
            wrappedDataKey: good.wrappedDataKey,
            location: good.location
        )
        for _ in 0..<2 {
            #expect(throws: Failure.credentialUnavailable) {
                try cache.lease(bad, organization: deployment.organization).end()
            }
        }
        let lease = try cache.lease(good, organization: deployment.organization)
        #expect(lease.withBytes { $0.copyOfBytes() } == Array("sk-value".utf8))
        lease.end()
    }

    @Test func whatIsDroppedIsOpenedAnew() throws {
        let deployment = try Deployment()
        let cache = CredentialCache(sealer: deployment.sealer)
        let kept = try deployment.credential("kept", holding: "1")
        let dropped = try deployment.credential("dropped", holding: "2")
        func leaseBoth() throws {
            try cache.lease(kept, organization: deployment.organization).end()
            try cache.lease(dropped, organization: deployment.organization).end()
        }
        try leaseBoth()
        cache.keep(only: [kept.name], of: deployment.organization)
        try leaseBoth()
        #expect(cache.openingCount == 3)
        cache.keep(only: [], of: .random())
        try leaseBoth()
        #expect(cache.openingCount == 3)
        cache.forget(organization: deployment.organization)
        try leaseBoth()
        #expect(cache.openingCount == 5)
    }
}
