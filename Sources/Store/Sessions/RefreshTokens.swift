package import Cryptography
import FoundationEssentials
package import Model

/// Makes and reads refresh tokens.
///
/// `krv_rt_` and base64url of organization ‖ session ‖ generation ‖ HMAC of all three. Each generation's token can be
/// made again from the key, so that a client whose answer was lost gets the same successor and nothing in clear is
/// stored. That the code is right proves the organization; whether the generation is still good, only the database
/// knows.
package struct RefreshTokens: Sendable {
    static let prefix = "krv_rt_"
    /// How long a used token is answered with its successor.
    package static let grace: Duration = .seconds(60)

    private let key: Secret

    /// A key for this purpose alone: `sealer.purposeKey("refresh-token")`.
    package init(key: Secret) { self.key = key }

    /// The organization that a token of ours names; nil for any other text.
    package func organization(of token: String) -> OrganizationID? { read(token)?.organization }

    func token(organization: OrganizationID, session: SessionID, generation: Int64) -> String {
        let body = Self.body(organization: organization, session: session, generation: generation)
        return Self.prefix + Base64URL.encode(body + HMACSHA256.code(Self.label + body, key: key).bytes)
    }

    /// Nil unless we made it.
    func read(_ token: String) -> RefreshTokenClaim? {
        guard token.hasPrefix(Self.prefix), let bytes = Base64URL.decode(token.dropFirst(Self.prefix.count)),
            bytes.count == Self.bodyCount + Digest.count
        else { return nil }
        let body = Array(bytes.prefix(Self.bodyCount))
        guard let code = Digest(bytes: Array(bytes.dropFirst(Self.bodyCount))),
            HMACSHA256.isValid(code, for: Self.label + body, key: key),
            let organization = Self.uuid(body.prefix(16)), let session = Self.uuid(body.dropFirst(16).prefix(16))
        else { return nil }
        let generation = body.dropFirst(32).reduce(into: UInt64(0)) { $0 = $0 << 8 | UInt64($1) }
        return RefreshTokenClaim(
            organization: OrganizationID(organization),
            session: SessionID(session),
            generation: Int64(clamping: generation)
        )
    }

    /// What the database keeps of a token.
    func digest(of token: String) -> [UInt8] {
        HMACSHA256.code(Self.digestLabel + Array(token.utf8), key: key).bytes
    }

    private static let label = Array("keyreeve refresh token 1\0".utf8)
    private static let digestLabel = Array("keyreeve refresh token digest 1\0".utf8)
    private static let bodyCount = 40

    private static func body(organization: OrganizationID, session: SessionID, generation: Int64) -> [UInt8] {
        let number = UInt64(bitPattern: generation)
        return bytes(organization.uuid) + bytes(session.uuid)
            + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }

    private static func bytes(_ uuid: UUID) -> [UInt8] {
        let u = uuid.uuid
        return [
            u.0, u.1, u.2, u.3, u.4, u.5, u.6, u.7, u.8, u.9, u.10, u.11, u.12, u.13, u.14, u.15,
        ]
    }

    private static func uuid(_ bytes: ArraySlice<UInt8>) -> UUID? {
        let b = Array(bytes)
        guard b.count == 16 else { return nil }
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            )
        )
    }
}

/// What a refresh token that we made says.
struct RefreshTokenClaim: Hashable, Sendable {
    let organization: OrganizationID
    let session: SessionID
    let generation: Int64
}
