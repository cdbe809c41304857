import Credentials
import Cryptography
import FoundationEssentials
import KeyreeveTesting
import Model
import Store
import Testing

@Suite struct DeploymentTests {
    @Test func initMakesTheDeploymentAndItsKeysOnce() async throws {
        try await StoreFixture.with { fixture in
            let deployments = DeploymentRepository(app: fixture.test.database.app)
            #expect(try await deployments.load() == nil)
            let migrate = try await fixture.test.session(.migrate)
            let id = try await DeploymentRepository.initialize(
                migrate,
                mode: .production,
                sealer: fixture.sealer,
                arena: fixture.arena
            )
            #expect(try await deployments.load()?.id == id)
            #expect(try await deployments.load()?.mode == .production)
            let again = await failure {
                _ = try await DeploymentRepository.initialize(
                    migrate,
                    mode: .development,
                    sealer: fixture.sealer,
                    arena: fixture.arena
                )
            }
            #expect(again == .conflict)

            let keys = SigningKeyRepository(app: fixture.test.database.app, sealer: fixture.sealer)
            let published = try await keys.publicKeys()
            #expect(Set(published.map(\.purpose)) == Set(SigningKeyPurpose.allCases))
            let relay = try await keys.signingKey(for: .relay)
            let message = Array("hello".utf8)
            let signature = try relay.key.signature(for: message)
            let half = try #require(published.first { $0.id == relay.id })
            #expect(half.key.isValidSignature(signature, for: message))
        }
    }

    @Test func anotherRootKeyIsNoticed() async throws {
        try await StoreFixture.with { fixture in
            let deployments = DeploymentRepository(app: fixture.test.database.app)
            let missing = await failure { try await deployments.verify(fixture.sealer) }
            #expect(missing == .notFound)
            _ = try await DeploymentRepository.initialize(
                try await fixture.test.session(.migrate),
                mode: .production,
                sealer: fixture.sealer,
                arena: fixture.arena
            )
            try await deployments.verify(fixture.sealer)
            let other = Sealer(rootKey: try SecureRandom.secret(32, in: fixture.arena), arena: fixture.arena)
            await #expect(throws: SealError.self) { try await deployments.verify(other) }
            let keys = SigningKeyRepository(app: fixture.test.database.app, sealer: other)
            await #expect(throws: SealError.self) { _ = try await keys.signingKey(for: .session) }
        }
    }
}
