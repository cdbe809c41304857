/// `POST /v1/organizations/{organization}/sign-ins` takes `{}` and answers this: what to ask the issuer for.
///
/// The client runs authorization code with PKCE (S256) against the issuer on its own loopback redirect, sends the
/// `nonce` along, and brings the id token back within ten minutes.
package struct SignInAnswer: Codable, Hashable, Sendable {
    /// Opaque; names this sign-in in the `SessionRequest`.
    package var signIn: String
    package var nonce: String
    package var issuer: String
    package var clientID: String
    package var authorizationEndpoint: String
    package var tokenEndpoint: String
    /// Space-separated, always with `openid`.
    package var scope: String

    package enum CodingKeys: String, CodingKey {
        case signIn = "sign_in"
        case nonce
        case issuer
        case clientID = "client_id"
        case authorizationEndpoint = "authorization_endpoint"
        case tokenEndpoint = "token_endpoint"
        case scope
    }

    package init(
        signIn: String,
        nonce: String,
        issuer: String,
        clientID: String,
        authorizationEndpoint: String,
        tokenEndpoint: String,
        scope: String = "openid profile email"
    ) {
        self.signIn = signIn
        self.nonce = nonce
        self.issuer = issuer
        self.clientID = clientID
        self.authorizationEndpoint = authorizationEndpoint
        self.tokenEndpoint = tokenEndpoint
        self.scope = scope
    }
}

/// `POST /v1/organizations/{organization}/sessions` and, with a code only, `POST /v1/operator/sessions`: either
/// `sign_in` and `id_token`, or `one_time_code`.
package struct SessionRequest: Codable, Hashable, Sendable {
    package var signIn: String?
    package var idToken: String?
    package var oneTimeCode: String?

    package enum CodingKeys: String, CodingKey {
        case signIn = "sign_in"
        case idToken = "id_token"
        case oneTimeCode = "one_time_code"
    }

    package init(signIn: String, idToken: String) {
        self.signIn = signIn
        self.idToken = idToken
    }

    package init(oneTimeCode: String) { self.oneTimeCode = oneTimeCode }
}
