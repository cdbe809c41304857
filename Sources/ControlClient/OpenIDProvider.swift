import FoundationEssentials

/// What an OpenID provider says about itself (OpenID Connect Discovery 1.0 section 4).
package struct OpenIDMetadata: Decodable, Hashable, Sendable {
    package var issuer: String
    package var authorizationEndpoint: String
    package var tokenEndpoint: String
    /// Whether every answer names its issuer (RFC 9207 section 3).
    package var namesItselfInAnswers: Bool?

    package enum CodingKeys: String, CodingKey {
        case issuer
        case authorizationEndpoint = "authorization_endpoint"
        case tokenEndpoint = "token_endpoint"
        case namesItselfInAnswers = "authorization_response_iss_parameter_supported"
    }

    package init(issuer: String, authorizationEndpoint: String, tokenEndpoint: String, namesItselfInAnswers: Bool?) {
        self.issuer = issuer
        self.authorizationEndpoint = authorizationEndpoint
        self.tokenEndpoint = tokenEndpoint
        self.namesItselfInAnswers = namesItselfInAnswers
    }
}

/// The issuer that people sign in to, as a public client sees it. It never gets anything of Keyreeve's.
package struct OpenIDProvider: Sendable {
    private struct TokenAnswer: Decodable {
        var id_token: String?
    }

    private struct Refusal: Decodable {
        var error: String
        var error_description: String?
    }

    let transport: any Transport

    package init(transport: any Transport) { self.transport = transport }

    /// Loads the metadata; the document must name the very issuer that was asked for (section 4.3).
    package func metadata(of issuer: String) async throws(ClientError) -> OpenIDMetadata {
        guard ServerAddress.isAcceptable(url: issuer) else {
            throw .malformed("The organization's issuer is not an https address.")
        }
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let request = ClientRequest(.get, base + "/.well-known/openid-configuration", timeout: .seconds(10))
        let reply = try await transport.send(request)
        guard reply.status == 200,
            let metadata = try? JSONDecoder().decode(OpenIDMetadata.self, from: Data(reply.body))
        else { throw .malformed("The issuer \(issuer) does not describe itself as an OpenID provider.") }
        guard metadata.issuer == issuer, ServerAddress.isAcceptable(url: metadata.authorizationEndpoint),
            ServerAddress.isAcceptable(url: metadata.tokenEndpoint)
        else { throw .malformed("The issuer \(issuer) describes another issuer, or addresses that are not https.") }
        return metadata
    }

    /// Redeems an authorization code for an id token (RFC 6749 4.1.3, RFC 7636 4.5), as a public client.
    package func redeem(
        code: String,
        verifier: String,
        redirectURI: String,
        clientID: String,
        at endpoint: String
    ) async throws(ClientError) -> String {
        let fields = [
            ("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier),
            ("redirect_uri", redirectURI), ("client_id", clientID),
        ]
        let form = fields.map { $0 + "=" + PercentEncoding.encode($1) }.joined(separator: "&")
        let headers = ["content-type": "application/x-www-form-urlencoded", "accept": "application/json"]
        let reply = try await transport.send(ClientRequest(.post, endpoint, headers: headers, body: Array(form.utf8)))
        guard reply.status == 200 else {
            let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(reply.body))
            let reason = refusal.map { $0.error_description ?? $0.error } ?? "status \(reply.status)"
            throw .malformed("The issuer did not redeem the sign-in (\(Printable.line(reason))).")
        }
        guard let token = (try? JSONDecoder().decode(TokenAnswer.self, from: Data(reply.body)))?.id_token else {
            throw .malformed("The issuer gave no id token.")
        }
        return token
    }
}
