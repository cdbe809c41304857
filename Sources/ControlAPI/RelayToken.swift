package import Model

/// `POST /v1/relay-tokens` with a session assertion or an api token as bearer: a token for the relay.
package struct RelayTokenRequest: Codable, Hashable, Sendable {
    /// The profile that `active` shall stand for; nil leaves it to the only or first one open to the caller.
    package var profile: ProfileName?

    package init(profile: ProfileName?) { self.profile = profile }
}

/// The relay token; its time is whole seconds since 1970.
package struct RelayTokenAnswer: Codable, Hashable, Sendable {
    package var token: String
    package var expiresAt: Int64
    package var profile: ProfileName?

    package enum CodingKeys: String, CodingKey {
        case token
        case expiresAt = "expires_at"
        case profile
    }

    package init(token: String, expiresAt: Int64, profile: ProfileName?) {
        self.token = token
        self.expiresAt = expiresAt
        self.profile = profile
    }
}
