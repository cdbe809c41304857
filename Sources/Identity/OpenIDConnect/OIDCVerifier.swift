import Cryptography
import FoundationEssentials
package import Model
package import Policy

/// Verifies id tokens of the issuers that organizations named (RFC 8725, OpenID Connect Core).
///
/// The token chooses nothing: its key id only looks among the issuer's own keys, and a key's type pins the algorithm,
/// so `none`, HMAC with a public key, `jwk`, `jku` and `x5u` have nowhere to enter.
package struct OIDCVerifier: Sendable {
    /// In bytes.
    package static let longestToken = 16_384

    private let directory: IssuerDirectory

    package init(directory: IssuerDirectory) { self.directory = directory }

    private struct Header: Decodable {
        var alg: String
        var kid: String?
    }

    private struct Critical: Decodable {
        var isPresent: Bool
        private enum Keys: String, CodingKey { case crit }
        init(from decoder: any Decoder) throws {
            isPresent = try decoder.container(keyedBy: Keys.self).contains(.crit)
        }
    }

    /// The identity that one of `issuers` vouches for. The nonce in it is still to be used up with its sign-in.
    ///
    /// Fails with `invalidSignIn`, or with `upstreamUnreachable` when the issuer's keys cannot be had.
    package func verify(
        _ token: [UInt8],
        issuers: [Issuer],
        now: Int64
    ) async -> Result<IDTokenIdentity, Failure> {
        guard let parts = CompactToken(token, limit: Self.longestToken),
            let header = decode(Header.self, parts.header),
            decode(Critical.self, parts.header)?.isPresent == false,
            // Unverified, and good for one thing only: to look among the organization's own issuers.
            let claims = decode(IDTokenClaims.self, parts.payload),
            let issuer = issuers.first(where: { $0.url == claims.iss })
        else { return .failure(.invalidSignIn) }
        let key: IssuerKey
        switch await directory.key(id: header.kid, of: issuer.url, now: now) {
        case .found(let found): key = found
        case .missing: return .failure(.invalidSignIn)
        case .unreachable: return .failure(.upstreamUnreachable)
        }
        guard header.alg == key.algorithm,
            let signature = Base64URL.decode(ascii: parts.signature),
            key.isValid(signature, for: parts.signed),
            let identity = claims.identity(issuer: issuer.url, clientID: issuer.clientID, now: now)
        else { return .failure(.invalidSignIn) }
        return .success(identity)
    }

    private func decode<T: Decodable>(_ type: T.Type, _ part: ArraySlice<UInt8>) -> T? {
        guard let json = Base64URL.decode(ascii: part) else { return nil }
        return try? JSONDecoder().decode(type, from: Data(json))
    }
}
