import FoundationEssentials

/// What an issuer says of itself at `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0), checked.
package struct IssuerMetadata: Hashable, Sendable {
    package let issuer: String
    package let authorizationEndpoint: String
    package let tokenEndpoint: String
    let keysAddress: String

    private struct Document: Decodable {
        var issuer: String
        var authorization_endpoint: String
        var token_endpoint: String
        var jwks_uri: String
    }

    /// Nil unless the document speaks for exactly this issuer and every address in it may be called.
    init?(document: [UInt8], issuer: String, allowingLoopback: Bool) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(document)),
            document.issuer == issuer,
            let authorization = IssuerURL(document.authorization_endpoint, allowingLoopback: allowingLoopback),
            let token = IssuerURL(document.token_endpoint, allowingLoopback: allowingLoopback),
            let keys = IssuerURL(document.jwks_uri, allowingLoopback: allowingLoopback)
        else { return nil }
        self.issuer = issuer
        authorizationEndpoint = authorization.text
        tokenEndpoint = token.text
        keysAddress = keys.text
    }

    static func address(of issuer: String) -> String {
        var base = Substring(issuer)
        while base.hasSuffix("/") { base = base.dropLast() }
        return "\(base)/.well-known/openid-configuration"
    }
}
