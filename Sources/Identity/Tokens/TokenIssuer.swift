package import Cryptography
import FoundationEssentials
package import Model

/// Signs tokens of one audience: compact JWS with EdDSA.
package final class TokenIssuer: Sendable {
    package let audience: TokenAudience
    package let deployment: DeploymentID
    private let key: Ed25519SigningKey
    private let header: String

    package init(key: Ed25519SigningKey, audience: TokenAudience, deployment: DeploymentID) {
        self.key = key
        self.audience = audience
        self.deployment = deployment
        header = TokenHeader.encoded(key: key.publicKey, audience: audience)
    }

    /// Throws for claims of another audience or issuer: those are not this issuer's to sign.
    package func mint(_ claims: TokenClaims) throws -> String {
        guard claims.audience == audience, claims.issuer == deployment else { throw Failure.internalError }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let payload = Base64URL.encode([UInt8](try encoder.encode(TokenPayload(claims))))
        let signed = "\(header).\(payload)"
        return "\(signed).\(Base64URL.encode(try key.signature(for: Array(signed.utf8))))"
    }
}
