import Cryptography
import FoundationEssentials
import Model
import Policy
import PolicyDocuments
import Testing

@Suite struct BundleTests {
    private let key: Ed25519SigningKey
    private let otherKey: Ed25519SigningKey
    private let bundle: ConfigurationBundle

    init() throws {
        let arena = try SecretArena.make(lockPolicy: .warn)
        key = try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        otherKey = try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        bundle = try Self.make(try Samples.configuration())
    }

    private static func make(
        _ content: ClientConfiguration,
        order: BundleOrder = BundleOrder(generation: 1, revision: 12)
    ) throws -> ConfigurationBundle {
        try #require(
            ConfigurationBundle(
                deployment: DeploymentID(UUID()),
                organization: OrganizationID(UUID()),
                audience: .user(Samples.engineer),
                form: .user,
                order: order,
                content: content
            )
        )
    }

    private func problem(_ signed: SignedBytes, _ key: Ed25519PublicKey? = nil) -> BundleProblem? {
        do throws(BundleProblem) {
            _ = try ConfigurationBundle(verifying: signed, with: key ?? self.key.publicKey)
            return nil
        } catch {
            return error
        }
    }

    @Test func aSignedBundleReadsAsItWas() throws {
        let read = try ConfigurationBundle(verifying: bundle.signed(by: key), with: key.publicKey)
        #expect(read == bundle)
        #expect(read.etag == bundle.etag)
    }

    @Test func everyChangedBitIsNoticed() throws {
        let signed = try bundle.signed(by: key)
        for index in stride(from: 0, to: signed.payload.count, by: 97) {
            var payload = signed.payload
            payload[index] ^= 1
            let changed = SignedBytes(payload: payload, signature: signed.signature, key: signed.key)
            #expect(problem(changed) == .badSignature)
        }
    }

    @Test func anotherKeyIsNotTrusted() throws {
        let signed = try bundle.signed(by: otherKey)
        #expect(problem(signed) == .unknownKey)
        let lying = SignedBytes(
            payload: signed.payload,
            signature: signed.signature,
            key: key.publicKey.fingerprint
        )
        #expect(problem(lying) == .badSignature)
    }

    @Test func aFreshnessStatementIsNoBundle() throws {
        let statement = try FreshnessStatement(for: bundle, notAfter: 100).signed(by: key)
        #expect(problem(statement) == .malformed)
    }

    @Test func aSignedBundleWithSomethingUnknownInItIsRefused() throws {
        for (old, new) in [("{\"", "{\"zzz\":1,\""), ("\"format\":1", "\"format\":2")] {
            let content = String(decoding: bundle.contentBytes, as: UTF8.self)
            let forged = Array(content.replacing(old, with: new, maxReplacements: 1).utf8)
            let payload = String(decoding: try bundle.payload(), as: UTF8.self)
                .replacing(Base64URL.encode(bundle.contentBytes), with: Base64URL.encode(forged))
                .replacing(bundle.digest.hex, with: SHA256Hash.digest(forged).hex)
            let bytes = Array(payload.utf8)
            let signed = SignedBytes(
                payload: bytes,
                signature: try key.signature(for: bytes),
                key: key.publicKey.fingerprint
            )
            let found = problem(signed)
            #expect(found == .unknownContent || found == .refusedContent("it has an unknown format"))
        }
    }

    @Test func evenASignedBundleCannotRunPrograms() throws {
        var content = try Samples.configuration()
        content.profiles[0].codex["notify"] = .array([.string("sh")])
        let signed = try Self.make(content).signed(by: key)
        #expect(problem(signed) == .refusedContent("it sets `notify`, which is not handed out"))
    }

    @Test func theDigestIsOverTheContentAlone() throws {
        let content = try Samples.configuration()
        let first = try Self.make(content)
        let second = try Self.make(content, order: BundleOrder(generation: 2, revision: 1))
        #expect(first.digest == second.digest)
        var other = content
        other.relayTokenSeconds += 1
        #expect(try Self.make(other).digest != first.digest)
    }

    @Test func anOlderBundleIsNotInstalledOverANewerOne() throws {
        try bundle.checkOrder(after: nil)
        try bundle.checkOrder(after: bundle.order)
        try bundle.checkOrder(after: BundleOrder(generation: 0, revision: 99))
        #expect(throws: BundleProblem.older) {
            try bundle.checkOrder(after: BundleOrder(generation: 1, revision: 13))
        }
        #expect(throws: BundleProblem.older) {
            try bundle.checkOrder(after: BundleOrder(generation: 2, revision: 0))
        }
    }

    @Test func freshnessEndsAndBelongsToOneBundle() throws {
        let signed = try FreshnessStatement(for: bundle, notAfter: 100).signed(by: key)
        let statement = try FreshnessStatement(verifying: signed, with: key.publicKey)
        try statement.check(bundle, now: 100)
        #expect(throws: BundleProblem.expired) { try statement.check(bundle, now: 101) }
        let other = try Self.make(try Samples.configuration())
        #expect(throws: BundleProblem.mismatch) { try statement.check(other, now: 1) }
    }
}
