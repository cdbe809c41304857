package import Cryptography
package import Model

/// A signed word that a bundle is still the current one, until a moment: with the bundle on a 200, alone on a 304.
package struct FreshnessStatement: Codable, Hashable, Sendable {
    package let type: String
    package let deployment: DeploymentID
    package let organization: OrganizationID
    package let audience: BundleAudience
    package let form: BundleForm
    package let order: BundleOrder
    /// Lower-case hex, as the bundle's.
    package let digest: String
    /// Seconds since 1970.
    package let notAfter: Int64

    static let type = "keyreeve.freshness/1"

    enum CodingKeys: String, CodingKey {
        case type
        case deployment
        case organization
        case audience
        case form
        case order
        case digest
        case notAfter = "not_after"
    }

    package init(for bundle: ConfigurationBundle, notAfter: Int64) {
        type = Self.type
        deployment = bundle.deployment
        organization = bundle.organization
        audience = bundle.audience
        form = bundle.form
        order = bundle.order
        digest = bundle.digest.hex
        self.notAfter = notAfter
    }

    package func signed(by key: Ed25519SigningKey) throws -> SignedBytes {
        try SignedBytes(CanonicalJSON.bytes(self), by: key)
    }

    package init(verifying signed: SignedBytes, with key: Ed25519PublicKey) throws(BundleProblem) {
        let bytes = try signed.verified(with: key)
        guard let statement = CanonicalJSON.decode(Self.self, from: bytes) else { throw .malformed }
        guard statement.type == Self.type else { throw .wrongType }
        self = statement
    }

    /// Whether this word is about the bundle and still holds; the statement's own order may be newer, since other
    /// changes of the organization raise it.
    package func check(_ bundle: ConfigurationBundle, now: Int64) throws(BundleProblem) {
        guard deployment == bundle.deployment, organization == bundle.organization, audience == bundle.audience,
            form == bundle.form, digest == bundle.digest.hex, order >= bundle.order
        else { throw .mismatch }
        guard now <= notAfter else { throw .expired }
    }
}

extension ConfigurationBundle {
    /// Whether it may take the place of what is installed; nil for nothing.
    package func checkOrder(after installed: BundleOrder?) throws(BundleProblem) {
        if let installed, order < installed { throw .older }
    }
}
