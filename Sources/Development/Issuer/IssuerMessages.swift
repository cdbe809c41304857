import FoundationEssentials
import HTTPTypes
import Hummingbird
import JWTKit
import NIOCore

/// The discovery document (OpenID Connect Discovery 1.0 section 3).
struct Discovery: Encodable, Sendable {
    let issuer: String
    let authorization_endpoint: String
    let token_endpoint: String
    let jwks_uri: String
    let response_types_supported = ["code"]
    let grant_types_supported = ["authorization_code"]
    let subject_types_supported = ["public"]
    let id_token_signing_alg_values_supported = ["ES256"]
    let code_challenge_methods_supported = ["S256"]
    let token_endpoint_auth_methods_supported = ["none"]
    let authorization_response_iss_parameter_supported = true

    init(issuer: String) {
        self.issuer = issuer
        authorization_endpoint = issuer + "/authorize"
        token_endpoint = issuer + "/token"
        jwks_uri = issuer + "/jwks"
    }
}

struct KeySet: Encodable, Sendable {
    struct Key: Encodable, Sendable {
        let kty = "EC"
        let crv = "P-256"
        let use = "sig"
        let alg = "ES256"
        let kid: String
        let x: String
        let y: String
    }

    let keys: [Key]
}

struct TokenReply: Encodable, Sendable {
    let access_token: String
    let token_type: String
    let expires_in: Int
    let id_token: String
}

/// The ID token's claims (OpenID Connect Core 1.0 section 2).
struct IdentityToken: JWTPayload {
    let iss: String
    let sub: String
    let aud: String
    let exp: Int
    let iat: Int
    let nonce: String?
    let email: String
    let email_verified: Bool
    let name: String

    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// Any encodable value as a JSON answer that nobody may cache.
struct JSONReply<Object: Encodable & Sendable>: ResponseGenerator, Sendable {
    let object: Object
    var status = HTTPResponse.Status.ok

    func response() throws -> Response {
        let headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        let bytes = try JSONEncoder().encode(object)
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        try response()
    }
}

/// The fields of a small `application/x-www-form-urlencoded` body.
struct FormFields: Sendable {
    private let values: [String: String]

    init(_ request: Request) async throws {
        let buffer = try await request.body.collect(upTo: 16_384)
        let decoded = try? URLEncodedFormDecoder().decode([String: String].self, from: String(buffer: buffer))
        guard let decoded else { throw HTTPError(.badRequest, message: "The form cannot be read.") }
        values = decoded
    }

    subscript(name: String) -> String? { values[name] }
}
