package import Model

/// `GET /v1/discovery`, open to everyone: what a client must know before it signs in.
package struct Discovery: Codable, Hashable, Sendable {
    package var deployment: DeploymentID
    package var version: String
    /// Scheme, host and port of the relay, without a path: `http://127.0.0.1:7401`.
    package var relayURL: String
    /// The organization to sign in to when the person names none; only where the deployment has exactly one.
    package var defaultOrganization: OrganizationName?
    package var configurationKey: ConfigurationKey

    package enum CodingKeys: String, CodingKey {
        case deployment
        case version
        case relayURL = "relay_url"
        case defaultOrganization = "default_organization"
        case configurationKey = "configuration_key"
    }

    package init(
        deployment: DeploymentID,
        version: String,
        relayURL: String,
        defaultOrganization: OrganizationName?,
        configurationKey: ConfigurationKey
    ) {
        self.deployment = deployment
        self.version = version
        self.relayURL = relayURL
        self.defaultOrganization = defaultOrganization
        self.configurationKey = configurationKey
    }
}

/// The public key that signs configuration bundles; clients pin its fingerprint.
package struct ConfigurationKey: Codable, Hashable, Sendable {
    /// The raw 32 bytes of the Ed25519 key, base64url without padding.
    package var publicKey: String
    /// `SHA256:` and the base64url SHA-256 of the raw key.
    package var fingerprint: String

    package enum CodingKeys: String, CodingKey {
        case publicKey = "public_key"
        case fingerprint
    }

    package init(publicKey: String, fingerprint: String) {
        self.publicKey = publicKey
        self.fingerprint = fingerprint
    }
}
