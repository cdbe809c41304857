package import Model

/// `POST /v1/service-accounts`.
package struct ServiceAccountRequest: Codable, Hashable, Sendable {
    package var name: ServiceAccountName
    package var roles: [Role]
    /// Nil leaves the choice to the profiles' own rules.
    package var profiles: [ProfileName]?

    package init(name: ServiceAccountName, roles: [Role], profiles: [ProfileName]? = nil) {
        self.name = name
        self.roles = roles
        self.profiles = profiles
    }
}

package struct ServiceAccountEntry: Codable, Hashable, Sendable {
    package var id: ServiceAccountID
    package var name: ServiceAccountName
    package var roles: [Role]

    package init(id: ServiceAccountID, name: ServiceAccountName, roles: [Role]) {
        self.id = id
        self.name = name
        self.roles = roles
    }
}

/// `GET /v1/service-accounts`.
package struct ServiceAccountList: Codable, Hashable, Sendable {
    package var accounts: [ServiceAccountEntry]

    package enum CodingKeys: String, CodingKey {
        case accounts = "service_accounts"
    }

    package init(accounts: [ServiceAccountEntry]) { self.accounts = accounts }
}

/// `POST /v1/service-accounts/{name}/tokens`.
package struct APITokenRequest: Codable, Hashable, Sendable {
    /// 1 to 366; an expiry is mandatory.
    package var expiresInDays: Int

    package enum CodingKeys: String, CodingKey {
        case expiresInDays = "expires_in_days"
    }

    package init(expiresInDays: Int) { self.expiresInDays = expiresInDays }
}

/// The one time that an api token is shown (201). Times are whole seconds since 1970.
package struct APITokenAnswer: Codable, Hashable, Sendable {
    package var id: APITokenID
    /// `krv_sa_…`
    package var token: String
    package var expiresAt: Int64

    package enum CodingKeys: String, CodingKey {
        case id
        case token
        case expiresAt = "expires_at"
    }

    package init(id: APITokenID, token: String, expiresAt: Int64) {
        self.id = id
        self.token = token
        self.expiresAt = expiresAt
    }
}

package struct APITokenEntry: Codable, Hashable, Sendable {
    package var id: APITokenID
    package var expiresAt: Int64
    package var isRevoked: Bool

    package enum CodingKeys: String, CodingKey {
        case id
        case expiresAt = "expires_at"
        case isRevoked = "revoked"
    }

    package init(id: APITokenID, expiresAt: Int64, isRevoked: Bool) {
        self.id = id
        self.expiresAt = expiresAt
        self.isRevoked = isRevoked
    }
}

/// `GET /v1/service-accounts/{name}/tokens`. `DELETE /v1/api-tokens/{id}` revokes one (204).
package struct APITokenList: Codable, Hashable, Sendable {
    package var tokens: [APITokenEntry]

    package enum CodingKeys: String, CodingKey {
        case tokens = "api_tokens"
    }

    package init(tokens: [APITokenEntry]) { self.tokens = tokens }
}
