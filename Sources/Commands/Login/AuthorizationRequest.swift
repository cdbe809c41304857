import ControlClient

/// What the browser is sent to the issuer with (RFC 6749 4.1.1, RFC 7636 4.3, OpenID Connect Core 3.1.2.1).
struct AuthorizationRequest: Hashable, Sendable {
    let endpoint: String
    let clientID: String
    let redirectURI: String
    let scope: String
    let state: String
    let nonce: String
    let challenge: String

    var url: String {
        let fields = [
            ("response_type", "code"), ("client_id", clientID), ("redirect_uri", redirectURI), ("scope", scope),
            ("state", state), ("nonce", nonce), ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ]
        let query = fields.map { $0 + "=" + PercentEncoding.encode($1) }.joined(separator: "&")
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query
    }
}
