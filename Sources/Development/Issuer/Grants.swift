import Cryptography
import FoundationEssentials
import Synchronization

/// What a client asked the authorization endpoint (RFC 6749 section 4.1.1, RFC 7636 section 4.3), already checked:
/// our one client, a loopback redirect (RFC 8252 section 7.3), PKCE with S256.
struct AuthorizationQuestion: Sendable {
    let redirectURI: String
    let state: String
    let nonce: String?
    let challenge: String

    init?(parameters: (String) -> String?) {
        guard parameters("response_type") == "code", parameters("client_id") == DevelopmentIssuer.clientID,
            parameters("code_challenge_method") == "S256",
            let challenge = parameters("code_challenge"), challenge.utf8.count == 43,
            let state = parameters("state"), !state.isEmpty,
            let redirectURI = parameters("redirect_uri"), Self.isLoopback(redirectURI)
        else { return nil }
        self.redirectURI = redirectURI
        self.state = state
        self.challenge = challenge
        nonce = parameters("nonce")
    }

    private static func isLoopback(_ uri: String) -> Bool {
        guard uri.hasPrefix("http://127.0.0.1:") || uri.hasPrefix("http://[::1]:") else { return false }
        return uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } && !uri.contains("#") && !uri.contains("@")
    }

    /// Where the browser goes next, with our issuer named (RFC 9207).
    func answer(code: String, issuer: String) -> String {
        let separator = redirectURI.contains("?") ? "&" : "?"
        return redirectURI + separator + "code=\(code)&state=\(Self.encode(state))&iss=\(Self.encode(issuer))"
    }

    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}

/// A person's approval of one question, waiting for its code to be redeemed.
struct Grant: Sendable {
    let question: AuthorizationQuestion
    let person: DevelopmentIssuer.Person
    let openedAt: ContinuousClock.Instant

    /// Whether the verifier hashes to the challenge and the redirect is the one asked for (RFC 7636 section 4.6).
    func isAnswered(by verifier: String, redirectingTo redirectURI: String?) -> Bool {
        let digest = Base64URL.encode(SHA256Hash.digest(Array(verifier.utf8)).bytes)
        let matches = constantTimeEqual(Array(digest.utf8), Array(question.challenge.utf8))
        return matches && redirectURI == question.redirectURI && openedAt.duration(to: .now) < .seconds(60)
    }
}

/// Open grants by code; each can be redeemed once. At most a hundred wait at a time, the oldest leave.
final class GrantBook: Sendable {
    private let waiting = Mutex<[String: Grant]>([:])

    func open(_ grant: Grant) -> String {
        let code = Base64URL.encode(SecureRandom.bytes(24))
        waiting.withLock { waiting in
            if waiting.count >= 100, let oldest = waiting.min(by: { $0.value.openedAt < $1.value.openedAt }) {
                waiting[oldest.key] = nil
            }
            waiting[code] = grant
        }
        return code
    }

    func redeem(_ code: String) -> Grant? {
        waiting.withLock { $0.removeValue(forKey: code) }
    }
}
