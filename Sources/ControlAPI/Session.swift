package import Model

/// Where the client may keep its session; policy's choice.
package enum SessionStore: String, Codable, Hashable, Sendable {
    case auto
    case keyring
    case file
    case ephemeral
}

/// The answer to a sign-in and to a refresh. Times are whole seconds since 1970.
package struct SessionAnswer: Codable, Hashable, Sendable {
    package var session: SessionID
    /// Opaque, `krv_rt_…`; used once, then answered for 60 s with the same successor.
    package var refreshToken: String
    package var refreshExpiresAt: Int64
    /// What `POST /v1/relay-tokens` and every route of a person takes as bearer.
    package var sessionAssertion: String
    package var assertionExpiresAt: Int64
    package var user: SessionUser
    /// Nil for a platform operator.
    package var organization: OrganizationReference?
    package var sessionStore: SessionStore

    package enum CodingKeys: String, CodingKey {
        case session
        case refreshToken = "refresh_token"
        case refreshExpiresAt = "refresh_expires_at"
        case sessionAssertion = "session_assertion"
        case assertionExpiresAt = "assertion_expires_at"
        case user
        case organization
        case sessionStore = "session_store"
    }

    package init(
        session: SessionID,
        refreshToken: String,
        refreshExpiresAt: Int64,
        sessionAssertion: String,
        assertionExpiresAt: Int64,
        user: SessionUser,
        organization: OrganizationReference?,
        sessionStore: SessionStore
    ) {
        self.session = session
        self.refreshToken = refreshToken
        self.refreshExpiresAt = refreshExpiresAt
        self.sessionAssertion = sessionAssertion
        self.assertionExpiresAt = assertionExpiresAt
        self.user = user
        self.organization = organization
        self.sessionStore = sessionStore
    }
}

package struct SessionUser: Codable, Hashable, Sendable {
    package var id: UserID
    /// What the issuer said; may be absent.
    package var mail: String?
    package var displayName: String?

    package enum CodingKeys: String, CodingKey {
        case id
        case mail
        case displayName = "display_name"
    }

    package init(id: UserID, mail: String?, displayName: String?) {
        self.id = id
        self.mail = mail
        self.displayName = displayName
    }
}

package struct OrganizationReference: Codable, Hashable, Sendable {
    package var id: OrganizationID
    package var name: OrganizationName

    package init(id: OrganizationID, name: OrganizationName) {
        self.id = id
        self.name = name
    }
}

/// `POST /v1/sessions/refresh`, without a bearer; answers a `SessionAnswer`. `DELETE /v1/session` ends one (204).
package struct RefreshRequest: Codable, Hashable, Sendable {
    package var refreshToken: String

    package enum CodingKeys: String, CodingKey {
        case refreshToken = "refresh_token"
    }

    package init(refreshToken: String) { self.refreshToken = refreshToken }
}
