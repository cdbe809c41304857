package import Cryptography
import FoundationEssentials
package import Model

/// Says whether a token is ours, for an audience, and in time. Decides in values: no clock, no snapshot.
package struct TokenVerifier: Sendable {
    /// In bytes; ours have about 700.
    package static let longestToken = 4096

    private struct Accepted {
        let audience: TokenAudience
        let key: Ed25519PublicKey
    }

    private let deployment: DeploymentID
    /// By the exact bytes of the header.
    private let accepted: [ArraySlice<UInt8>: Accepted]

    /// `keys`: every key that may have signed a token still in time, by audience.
    package init(deployment: DeploymentID, keys: [TokenAudience: [Ed25519PublicKey]]) {
        self.deployment = deployment
        var accepted: [ArraySlice<UInt8>: Accepted] = [:]
        for (audience, keys) in keys {
            for key in keys {
                let header = Array(TokenHeader.encoded(key: key, audience: audience).utf8)
                accepted[header[...]] = Accepted(audience: audience, key: key)
            }
        }
        self.accepted = accepted
    }

    /// The claims, proven to be ours, of this audience and in time at `now` (seconds since 1970). Fails with
    /// `invalidToken` or `expiredToken`; which check refused a token is nobody's business.
    package func verify(_ token: [UInt8], audience: TokenAudience, now: Int64) -> Result<TokenClaims, Failure> {
        guard let parts = CompactToken(token, limit: Self.longestToken) else { return .failure(.invalidToken) }
        guard let match = accepted[parts.header], match.audience == audience else { return .failure(.invalidToken) }
        guard let signature = Base64URL.decode(ascii: parts.signature),
            match.key.isValidSignature(signature, for: Array(parts.signed))
        else { return .failure(.invalidToken) }
        guard let json = Base64URL.decode(ascii: parts.payload),
            let payload = try? JSONDecoder().decode(TokenPayload.self, from: Data(json)),
            let claims = payload.claims,
            claims.audience == audience,
            claims.issuer == deployment
        else { return .failure(.invalidToken) }
        if let failure = claims.failure(at: now) { return .failure(failure) }
        return .success(claims)
    }

    package func verify(_ token: String, audience: TokenAudience, now: Int64) -> Result<TokenClaims, Failure> {
        verify(Array(token.utf8), audience: audience, now: now)
    }
}
