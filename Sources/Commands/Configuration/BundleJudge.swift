import ControlAPI
import Cryptography
import Model
import PolicyDocuments

/// What a machine knows beforehand about the bundles that it may use.
struct BundleExpectation: Hashable, Sendable {
    let keys: [Ed25519PublicKey]
    let deployment: DeploymentID
    let organization: OrganizationID
    let audience: BundleAudience
    let form: BundleForm
    /// The order of what was taken last, if anything.
    let installed: BundleOrder?
}

/// Judges a signed bundle by everything that may be wrong with it; the one way to a `ConfigurationBundle` here.
enum BundleJudge {
    /// A machine's clock may be behind or ahead by so much and a statement still counts.
    static let tolerance: Int64 = 60

    /// - Parameter now: Whole seconds since 1970.
    /// - Throws: `CommandFailure` with the sentence of what is wrong.
    static func judge(
        _ answer: ConfigurationAnswer,
        by expectation: BundleExpectation,
        now: Int64
    ) throws(CommandFailure) -> ConfigurationBundle {
        do throws(BundleProblem) {
            let bundle = try read(answer.bundle, by: expectation)
            try checkFreshness(answer.freshness, of: bundle, by: expectation, now: now)
            return bundle
        } catch {
            throw CommandFailure(error.sentence)
        }
    }

    private static func read(
        _ document: SignedDocument,
        by expectation: BundleExpectation
    ) throws(BundleProblem) -> ConfigurationBundle {
        let key = try key(of: document, in: expectation)
        let bundle = try ConfigurationBundle(verifying: try signedBytes(document), with: key)
        guard bundle.deployment == expectation.deployment, bundle.organization == expectation.organization,
            bundle.audience == expectation.audience, bundle.form == expectation.form
        else { throw .otherAudience }
        try bundle.checkOrder(after: expectation.installed)
        return bundle
    }

    private static func checkFreshness(
        _ document: SignedDocument,
        of bundle: ConfigurationBundle,
        by expectation: BundleExpectation,
        now: Int64
    ) throws(BundleProblem) {
        let key = try key(of: document, in: expectation)
        let statement = try FreshnessStatement(verifying: try signedBytes(document), with: key)
        try statement.check(bundle, now: now.subtractingReportingOverflow(tolerance).partialValue)
    }

    private static func key(
        of document: SignedDocument,
        in expectation: BundleExpectation
    ) throws(BundleProblem) -> Ed25519PublicKey {
        guard let key = expectation.keys.first(where: { $0.fingerprint == document.key }) else { throw .unknownKey }
        return key
    }

    private static func signedBytes(_ document: SignedDocument) throws(BundleProblem) -> SignedBytes {
        guard let payload = Base64URL.decode(document.payload), let signature = Base64URL.decode(document.signature)
        else { throw .malformed }
        return SignedBytes(payload: payload, signature: signature, key: document.key)
    }
}
