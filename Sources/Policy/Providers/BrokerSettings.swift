package import Model

/// The `[model_providers.<id>.broker]` table: what Keyreeve adds to Codex's own keys.
package struct BrokerSettings: Hashable, Sendable {
    package let access: ProviderAccess
    /// The stored credential; nil for a provider that asks for none.
    package let credential: CredentialName?
    package let placement: CredentialPlacement
    /// Whether the client's own metadata headers go upstream; nil leaves it to the host.
    package let forwardClientMetadata: Bool?

    /// The operator's private CA bundle that alone is trusted for this provider, by its id in the server's settings;
    /// nil for the public authorities.
    package let certificateBundle: String?

    package init(
        access: ProviderAccess,
        credential: CredentialName? = nil,
        placement: CredentialPlacement = .bearer,
        forwardClientMetadata: Bool? = nil,
        certificateBundle: String? = nil
    ) {
        self.access = access
        self.credential = credential
        self.placement = placement
        self.forwardClientMetadata = forwardClientMetadata
        self.certificateBundle = certificateBundle
    }
}
