import Cryptography
import FoundationEssentials
import JWTKit

/// One public key of an issuer, pinned to one algorithm by its own type, never by a token's header.
struct IssuerKey: Sendable {
    /// `RS256`, `ES256` or `EdDSA`.
    let algorithm: String
    private let verifier: any JWTAlgorithm

    init(algorithm: String, verifier: any JWTAlgorithm) {
        self.algorithm = algorithm
        self.verifier = verifier
    }

    func isValid(_ signature: [UInt8], for signed: ArraySlice<UInt8>) -> Bool {
        (try? verifier.verify(signature, signs: signed)) == true
    }
}

/// An issuer's JWKS (RFC 7517), without what we do not take: other key types, other uses, RSA below 2048 bits, keys
/// without an id, symmetric keys above all.
struct IssuerKeys: Sendable {
    /// A set with more is refused whole.
    static let mostKeys = 64

    private let keys: [String: IssuerKey]

    /// Nil when the document is no key set.
    init?(document: [UInt8]) async {
        guard let set = try? JSONDecoder().decode(Document.self, from: Data(document)),
            set.keys.count <= Self.mostKeys
        else { return nil }
        var keys: [String: IssuerKey] = [:]
        for entry in set.keys {
            guard let entry = entry.value, let kid = entry.kid, keys[kid] == nil else { continue }
            keys[kid] = await entry.key(id: kid)
        }
        self.keys = keys
    }

    /// The key of that id; without one, the only key there is.
    func key(id: String?) -> IssuerKey? {
        guard let id else { return keys.count == 1 ? keys.first?.value : nil }
        return keys[id]
    }

    private struct Document: Decodable {
        var keys: [Lenient]
    }

    /// A key that does not even decode is one we do not take; the others still count.
    private struct Lenient: Decodable {
        var value: Entry?
        init(from decoder: any Decoder) { value = try? Entry(from: decoder) }
    }
}

/// A JWK as it stands in the document.
private struct Entry: Decodable {
    var kty: String
    var kid: String?
    var use: String?
    var alg: String?
    var crv: String?
    var n: String?
    var e: String?
    var x: String?
    var y: String?

    func key(id: String) async -> IssuerKey? {
        guard use == nil || use == "sig", let (name, jwk) = jwk(id: id), alg == nil || alg == name else { return nil }
        let collection = JWTKeyCollection()
        guard (try? await collection.add(jwk: jwk)) != nil,
            let verifier = try? await collection.getKey(for: JWKIdentifier(string: id), alg: name),
            verifier.name == name
        else { return nil }
        return IssuerKey(algorithm: name, verifier: verifier)
    }

    /// Sizes are checked here: what follows takes them on trust.
    private func jwk(id: String) -> (String, JWK)? {
        let identifier = JWKIdentifier(string: id)
        switch (kty, crv) {
        case ("RSA", _):
            guard let n, let e, isModulus(n), let exponent = Base64URL.decode(e), (1...8).contains(exponent.count)
            else { return nil }
            return ("RS256", .rsa(.rs256, identifier: identifier, modulus: n, exponent: e))
        case ("EC", "P-256"):
            guard let x, let y, Base64URL.decode(x)?.count == 32, Base64URL.decode(y)?.count == 32 else { return nil }
            return ("ES256", .ecdsa(.es256, identifier: identifier, x: x, y: y, curve: .p256))
        case ("OKP", "Ed25519"):
            guard let x, Base64URL.decode(x)?.count == 32 else { return nil }
            return ("EdDSA", .octetKeyPair(.eddsa, identifier: identifier, x: x, y: nil, curve: .ed25519))
        default:
            return nil
        }
    }

    /// 2048 to 8192 bits.
    private func isModulus(_ text: String) -> Bool {
        guard let bytes = Base64URL.decode(text)?.drop(while: { $0 == 0 }), let first = bytes.first else {
            return false
        }
        return (256...1024).contains(bytes.count) && (bytes.count > 256 || first >= 0x80)
    }
}
