/// What an issuer's id token proved about a person.
package struct IDTokenIdentity: Hashable, Sendable {
    package let issuer: String
    package let subject: String
    /// Only a mail address that the issuer says it has verified: invitations are matched by it.
    package let verifiedMail: String?
    package let displayName: String?
    /// Of the sign-in it was issued for. That sign-in's record, which holds its digest, is used up under it.
    package let nonce: String
}

/// The claims of an id token, decoded from bytes whose signature is already checked.
struct IDTokenClaims: Decodable {
    var iss: String
    var sub: String
    var aud: Audience
    var azp: String?
    var nonce: String
    /// Seconds since 1970; issuers may write fractions.
    var exp: Double
    var iat: Double
    var nbf: Double?
    var email: String?
    var email_verified: Verified?
    var name: String?

    static let skew: Double = 60

    /// Nil unless every claim is what a sign-in of ours needs (OpenID Connect Core 3.1.3.7).
    func identity(issuer: String, clientID: String, now: Int64) -> IDTokenIdentity? {
        let now = Double(now)
        guard iss == issuer, (1...255).contains(sub.utf8.count) else { return nil }
        guard aud.values.contains(clientID), aud.values.count == 1 || azp != nil, azp == nil || azp == clientID else {
            return nil
        }
        guard exp.isFinite, iat.isFinite, exp + Self.skew > now, iat - Self.skew <= now, iat < exp else { return nil }
        if let nbf, !(nbf.isFinite && nbf - Self.skew <= now) { return nil }
        guard (1...256).contains(nonce.utf8.count) else { return nil }
        let verifiedMail = email_verified?.value == true ? email : nil
        return IDTokenIdentity(issuer: iss, subject: sub, verifiedMail: verifiedMail, displayName: name, nonce: nonce)
    }

    /// One audience or several.
    struct Audience: Decodable {
        var values: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let one = try? container.decode(String.self) {
                values = [one]
            } else {
                values = try container.decode([String].self)
            }
        }
    }

    /// Some issuers write the boolean as text.
    struct Verified: Decodable {
        var value: Bool

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self.value = value
            } else {
                value = try container.decode(String.self) == "true"
            }
        }
    }
}
