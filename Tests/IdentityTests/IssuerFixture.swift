import Cryptography
import FoundationEssentials
import Identity
import JWTKit
import Policy
import Synchronization

/// An OpenID Connect issuer in memory, which signs whatever a test wants.
final class IssuerFixture: Sendable {
    static let url = "https://login.example.com"
    static let now: Int64 = 1_800_000_000

    private struct State {
        var fetches: [String: Int] = [:]
        var isReachable = true
        var publishesRotatedKey = false
    }

    private let state = Mutex(State())
    let keys: [String: any JWTAlgorithm]
    private let documents: [String: String]

    init() async throws {
        let collection = JWTKeyCollection()
        let ed = try EdDSA.PrivateKey(curve: .ed25519)
        let rotated = try EdDSA.PrivateKey(curve: .ed25519)
        let es = ES256PrivateKey()
        await collection.add(eddsa: ed, kid: "ed")
        await collection.add(eddsa: rotated, kid: "rotated")
        await collection.add(ecdsa: es, kid: "es")
        await collection.add(rsa: try Insecure.RSA.PrivateKey(pem: TestRSAKey.pem), digestAlgorithm: .sha256, kid: "rs")
        await collection.add(rsa: try Insecure.RSA.PrivateKey(pem: TestRSAKey.pem), digestAlgorithm: .sha512, kid: "r5")
        await collection.add(hmac: HMACKey(from: TestRSAKey.modulus), digestAlgorithm: .sha256, kid: "hs")
        var keys: [String: any JWTAlgorithm] = [:]
        for id in ["ed", "rotated", "es", "rs", "r5", "hs"] {
            keys[id] = try await collection.getKey(for: JWKIdentifier(string: id))
        }
        self.keys = keys
        guard let point = es.publicKey.parameters else { throw IssuerFixtureError.noPoint }
        func url(_ text: String) -> String {
            text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let published = [
            #"{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"\#(Base64URL.encode([UInt8](ed.publicKey.rawRepresentation)))"}"#,
            #"{"kty":"EC","crv":"P-256","kid":"es","use":"sig","alg":"ES256","x":"\#(url(point.x))","y":"\#(url(point.y))"}"#,
            #"{"kty":"RSA","kid":"rs","n":"\#(TestRSAKey.modulus)","e":"AQAB"}"#,
            #"{"kty":"RSA","kid":"r5","alg":"RS512","n":"\#(TestRSAKey.modulus)","e":"AQAB"}"#,
            #"{"kty":"RSA","kid":"short","n":"\#(TestRSAKey.shortModulus)","e":"AQAB"}"#,
            #"{"kty":"RSA","kid":"enc","use":"enc","n":"\#(TestRSAKey.modulus)","e":"AQAB"}"#,
            #"{"kty":"oct","kid":"hs","k":"c2VjcmV0"}"#,
            #"{"kty":"EC","crv":"P-256","kid":"bad","x":"AA","y":"AA"}"#,
            #"{"kty":17}"#, "null",
        ]
        let rotatedKey =
            #"{"kty":"OKP","crv":"Ed25519","kid":"rotated","x":"\#(Base64URL.encode([UInt8](rotated.publicKey.rawRepresentation)))"}"#
        documents = [
            "\(Self.url)/.well-known/openid-configuration": """
            {"issuer":"\(Self.url)","authorization_endpoint":"\(Self.url)/authorize",
            "token_endpoint":"\(Self.url)/token","jwks_uri":"\(Self.url)/keys"}
            """,
            "\(Self.url)/keys": #"{"keys":[\#(published.joined(separator: ","))]}"#,
            "\(Self.url)/keys+": #"{"keys":[\#((published + [rotatedKey]).joined(separator: ","))]}"#,
        ]
    }

    var directory: IssuerDirectory {
        IssuerDirectory(allowsLoopback: false) { [self] address in
            let path = state.withLock { state -> String? in
                state.fetches[address, default: 0] += 1
                guard state.isReachable else { return nil }
                return address.hasSuffix("/keys") && state.publishesRotatedKey ? address + "+" : address
            }
            guard let path, let document = documents[path] else { throw IssuerFixtureError.unreachable }
            return Array(document.utf8)
        }
    }

    var keyFetches: Int { state.withLock { $0.fetches["\(Self.url)/keys"] ?? 0 } }
    func goAway() { state.withLock { $0.isReachable = false } }
    func comeBack() { state.withLock { $0.isReachable = true } }
    func rotate() { state.withLock { $0.publishesRotatedKey = true } }

    static let issuers = [Issuer(url: "https://other.example", clientID: "x"), Issuer(url: url, clientID: "keyreeve")]

    static let goodClaims: [String: String] = [
        "iss": #""\#(url)""#, "sub": #""ada""#, "aud": #""keyreeve""#, "nonce": #""n-1""#, "exp": "\(now + 300)",
        "iat": "\(now)", "email": #""ada@example.com""#, "email_verified": "true", "name": #""Ada""#,
    ]

    /// A token of the good claims, changed; a nil value takes a claim out.
    func token(
        key: String = "ed",
        kid: String? = nil,
        alg: String? = nil,
        extraHeader: String = "",
        changing changes: [String: String?] = [:]
    ) throws -> [UInt8] {
        guard let signer = keys[key] else { throw IssuerFixtureError.noPoint }
        var claims = Self.goodClaims
        for (name, value) in changes { claims[name] = value }
        let payload = "{" + claims.map { #""\#($0)":\#($1)"# }.joined(separator: ",") + "}"
        let header = #"{"alg":"\#(alg ?? signer.name)","kid":"\#(kid ?? key)"\#(extraHeader)}"#
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        let signature = try signer.sign(Data(signed.utf8))
        return Array("\(signed).\(Base64URL.encode(signature))".utf8)
    }
}

enum IssuerFixtureError: Error {
    case unreachable
    case noPoint
}
