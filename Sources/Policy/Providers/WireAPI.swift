/// Which dialect a provider speaks: the `wire_api` of its table.
package enum WireAPI: String, Hashable, Sendable, Codable, CaseIterable {
    case responses
    case chat
}

/// How developers reach a provider.
package enum ProviderAccess: String, Hashable, Sendable, Codable, CaseIterable {
    /// Through us; no provider credential ever leaves.
    case relay
    /// The client talks to the provider itself with a short-lived token that we mint.
    case token
    /// Handed out as written, `env_key` and all.
    case direct
}

/// How the relay shows the provider its credential.
package enum CredentialPlacement: String, Hashable, Sendable, CaseIterable {
    /// `Authorization: Bearer …`.
    case bearer
}
