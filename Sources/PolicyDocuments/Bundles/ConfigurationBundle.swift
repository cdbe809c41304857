package import Cryptography
import FoundationEssentials
package import Model

/// Who a bundle is made for; nobody else may install it.
package enum BundleAudience: Codable, Hashable, Sendable {
    case user(UserID)
    case serviceAccount(ServiceAccountID)

    package init?(_ subject: Principal.Subject) {
        switch subject {
        case .user(let id): self = .user(id)
        case .serviceAccount(let id): self = .serviceAccount(id)
        case .platformOperator: return nil
        }
    }

    /// `user:ID` or `service_account:ID`.
    package var text: String {
        switch self {
        case .user(let id): "user:\(id)"
        case .serviceAccount(let id): "service_account:\(id)"
        }
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        if text.hasPrefix("user:"), let id = UserID(String(text.dropFirst(5))) {
            self = .user(id)
        } else if text.hasPrefix("service_account:"), let id = ServiceAccountID(String(text.dropFirst(16))) {
            self = .serviceAccount(id)
        } else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no audience"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// Which rendering a bundle is for.
package enum BundleForm: String, Codable, Hashable, Sendable, CaseIterable {
    case user
    case enforced
}

/// The order of bundles: by generation, then by revision. An older one is never installed over a newer one.
package struct BundleOrder: Codable, Hashable, Sendable, Comparable {
    /// Grows when a deployment is restored, so that revisions may start again.
    package var generation: Int64
    /// The organization's change version.
    package var revision: Int64

    package init(generation: Int64, revision: Int64) {
        self.generation = generation
        self.revision = revision
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.generation, left.revision) < (right.generation, right.revision)
    }
}

/// A configuration with the facts that let a machine judge it: whose it is, from where, and how new.
package struct ConfigurationBundle: Hashable, Sendable {
    package let deployment: DeploymentID
    package let organization: OrganizationID
    package let audience: BundleAudience
    package let form: BundleForm
    package let order: BundleOrder
    package let content: ClientConfiguration
    /// Canonical bytes of the content.
    package let contentBytes: [UInt8]

    /// Fails only on content that has no canonical form, which a loaded policy never has.
    package init?(
        deployment: DeploymentID,
        organization: OrganizationID,
        audience: BundleAudience,
        form: BundleForm,
        order: BundleOrder,
        content: ClientConfiguration
    ) {
        guard let bytes = try? CanonicalJSON.bytes(content) else { return nil }
        self.deployment = deployment
        self.organization = organization
        self.audience = audience
        self.form = form
        self.order = order
        self.content = content
        contentBytes = bytes
    }

    /// SHA-256 of the content, without times or order: what stays the same while nothing changes for this person.
    package var digest: Digest { SHA256Hash.digest(contentBytes) }

    /// The entity tag of an HTTP answer, quotes included.
    package var etag: String { "\"\(form.rawValue)-\(digest.hex)\"" }
}

extension ConfigurationBundle {
    static let type = "keyreeve.configuration/1"

    private struct Payload: Codable {
        var type: String
        var deployment: DeploymentID
        var organization: OrganizationID
        var audience: BundleAudience
        var form: BundleForm
        var order: BundleOrder
        var digest: String
        /// base64url of the content's bytes, so that the digest is over exactly what was signed.
        var content: String
    }

    /// What is signed.
    package func payload() throws -> [UInt8] {
        try CanonicalJSON.bytes(
            Payload(
                type: Self.type,
                deployment: deployment,
                organization: organization,
                audience: audience,
                form: form,
                order: order,
                digest: digest.hex,
                content: Base64URL.encode(contentBytes)
            )
        )
    }

    package func signed(by key: Ed25519SigningKey) throws -> SignedBytes { try SignedBytes(payload(), by: key) }

    /// Reads a bundle whose signature is good; anything that is not exactly what we would write is refused.
    package init(verifying signed: SignedBytes, with key: Ed25519PublicKey) throws(BundleProblem) {
        let bytes = try signed.verified(with: key)
        guard let payload = CanonicalJSON.decode(Payload.self, from: bytes) else { throw .malformed }
        guard payload.type == Self.type else { throw .wrongType }
        guard let content = Base64URL.decode(payload.content) else { throw .malformed }
        guard SHA256Hash.digest(content).hex == payload.digest else { throw .wrongDigest }
        guard let configuration = CanonicalJSON.decode(ClientConfiguration.self, from: content) else {
            throw .unknownContent
        }
        if let problem = ClientConfigurationCheck.problem(with: configuration) { throw .refusedContent(problem) }
        deployment = payload.deployment
        organization = payload.organization
        audience = payload.audience
        form = payload.form
        order = payload.order
        self.content = configuration
        contentBytes = content
    }
}
