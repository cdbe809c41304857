import Cryptography
import FoundationEssentials
package import Hummingbird
import JWTKit
package import Logging
import NIOCore

/// An ordinary OpenID provider on loopback, for `keyreeved dev` alone: authorization code with PKCE (S256), ES256.
///
/// It knows a handful of demonstration people. Whoever signs in must give the sign-in code that the console printed,
/// so that another user of this machine cannot sign in as them. `keyreeved serve` has no way to start it.
package struct DevelopmentIssuer: Sendable {
    /// A person who can sign in here.
    package struct Person: Sendable {
        package let mail: String
        package let displayName: String

        package init(mail: String, displayName: String) {
            self.mail = mail
            self.displayName = displayName
        }
    }

    /// The public OAuth client id of the `keyreeve` command.
    package static let clientID = "keyreeve"

    package let url: String
    let people: [Person]
    package let signInCode: String
    let key: ES256PrivateKey
    let keyID: String
    let grants = GrantBook()

    /// - Parameters:
    ///   - url: The issuer's own address, such as `http://127.0.0.1:7403`, without a trailing slash.
    ///   - signInCode: What people type to prove that they can read this console.
    package init(url: String, people: [Person], signInCode: String) {
        self.url = url
        self.people = people
        self.signInCode = signInCode
        key = ES256PrivateKey()
        keyID = Base64URL.encode(SecureRandom.bytes(9))
    }

    /// The service to run. Binds to loopback only.
    package func application(port: Int, logger: Logger) -> some ApplicationProtocol {
        let router = Router()
        router.get(".well-known/openid-configuration") { _, _ in
            JSONReply(object: Discovery(issuer: url))
        }
        router.get("jwks") { _, _ in
            JSONReply(object: try keySet())
        }
        router.get("authorize") { request, _ in
            try authorizationPage(for: request)
        }
        router.post("authorize") { request, _ in
            try await approve(request)
        }
        router.post("token") { request, _ in
            try await redeem(request)
        }
        return Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil),
            logger: logger
        )
    }

    private func keySet() throws -> KeySet {
        guard let point = key.parameters else { throw HTTPError(.internalServerError) }
        let key = KeySet.Key(kid: keyID, x: urlSafe(point.x), y: urlSafe(point.y))
        return KeySet(keys: [key])
    }

    /// JWK coordinates are base64url without padding (RFC 7518 section 6.2.1), whichever form the key gave.
    private func urlSafe(_ base64: String) -> String {
        base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private func authorizationPage(for request: Request) throws -> Response {
        let question = AuthorizationQuestion(parameters: { request.uri.queryParameters[Substring($0)].map(String.init) }
        )
        guard let question else {
            throw HTTPError(.badRequest, message: "This is not an authorization request that this issuer takes.")
        }
        return SignInPage(question: question, people: people, problem: nil).response
    }

    private func approve(_ request: Request) async throws -> Response {
        let form = try await FormFields(request)
        guard let question = AuthorizationQuestion(parameters: { form[$0] }) else {
            throw HTTPError(.badRequest, message: "This is not an authorization request that this issuer takes.")
        }
        let given = Array((form["code"] ?? "").uppercased().utf8)
        guard constantTimeEqual(given, Array(signInCode.utf8)) else {
            return SignInPage(question: question, people: people, problem: "That is not the sign-in code.").response
        }
        guard let person = people.first(where: { $0.mail == form["person"] }) else {
            return SignInPage(question: question, people: people, problem: "Choose who you are.").response
        }
        let code = grants.open(Grant(question: question, person: person, openedAt: .now))
        return .redirect(to: question.answer(code: code, issuer: url), type: .found)
    }

    private func redeem(_ request: Request) async throws -> Response {
        let form = try await FormFields(request)
        guard form["grant_type"] == "authorization_code", form["client_id"] == Self.clientID,
            let code = form["code"], let verifier = form["code_verifier"],
            let grant = grants.redeem(code), grant.isAnswered(by: verifier, redirectingTo: form["redirect_uri"])
        else {
            return try JSONReply(object: ["error": "invalid_grant"], status: .badRequest).response()
        }
        let tokens = try await tokens(for: grant)
        return try JSONReply(object: tokens, status: .ok).response()
    }

    private func tokens(for grant: Grant) async throws -> TokenReply {
        let keys = await JWTKeyCollection().add(ecdsa: key, kid: JWKIdentifier(string: keyID))
        let now = Date()
        let identity = IdentityToken(
            iss: url,
            sub: SHA256Hash.digest(Array(grant.person.mail.utf8)).hex,
            aud: Self.clientID,
            exp: Int(now.timeIntervalSince1970) + 300,
            iat: Int(now.timeIntervalSince1970),
            nonce: grant.question.nonce,
            email: grant.person.mail,
            email_verified: true,
            name: grant.person.displayName
        )
        let token = try await keys.sign(identity, kid: JWKIdentifier(string: keyID))
        let access = Base64URL.encode(SecureRandom.bytes(24))
        return TokenReply(access_token: access, token_type: "Bearer", expires_in: 300, id_token: token)
    }
}
