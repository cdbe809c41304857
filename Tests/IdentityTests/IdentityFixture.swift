import Cryptography
import FoundationEssentials
import Identity
import Model
import Policy

/// A small deployment in memory: one organization with one user, one operator, one service account with an api token.
struct IdentityFixture {
    static let now: Int64 = 1_800_000_000

    let arena: SecretArena
    let deployment = DeploymentID.random()
    let organization = OrganizationID.random()
    let user = UserID.random()
    let platformOperator = UserID.random()
    let account = ServiceAccountID.random()
    let session = SessionID.random()
    let apiToken = APIToken.generate()
    let relayKey: Ed25519SigningKey
    let sessionKey: Ed25519SigningKey
    let pepper: Secret
    let snapshots = SnapshotHolder()

    init() throws {
        arena = try SecretArena.make(lockPolicy: .warn)
        relayKey = try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        sessionKey = try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        pepper = try SecureRandom.secret(32, in: arena)
        load()
        snapshots.verified(at: .now)
    }

    /// Puts the organization in place, changed as the arguments say. Each load has a newer version.
    func load(
        version: Int64 = 1,
        epochs: Epochs = Epochs(),
        isUserActive: Bool = true,
        isAccountActive: Bool = true,
        isTokenRevoked: Bool = false,
        tokenExpiresAt: Int64 = now + 86_400,
        hasMembers: Bool = true
    ) {
        let member = Member(groups: [], roles: [.developer], active: isUserActive)
        let verifier = APITokenVerifier(
            account: account,
            verifier: apiToken.verifier(pepper: pepper),
            expiresAt: tokenExpiresAt,
            scopes: [],
            revoked: isTokenRevoked
        )
        let name = ServiceAccountName(unchecked: "ci")
        snapshots.replace(
            OrganizationSnapshot(
                id: organization,
                name: OrganizationName(unchecked: "acme"),
                changeVersion: version,
                revision: 0,
                policy: .empty,
                members: hasMembers ? [user: member] : [:],
                serviceAccounts: hasMembers
                    ? [account: ServiceAccount(name: name, roles: [.developer], profiles: nil, active: isAccountActive)]
                    : [:],
                epochs: epochs,
                apiTokens: hasMembers ? [apiToken.id: verifier] : [:]
            )
        )
        snapshots.replace(
            OrganizationSnapshot(
                id: .platform,
                name: OrganizationName(unchecked: "platform"),
                changeVersion: version,
                revision: 0,
                policy: .empty,
                members: [platformOperator: Member(groups: [], roles: [.platformOperator], active: true)]
            )
        )
    }

    /// Believes each key for its own audiences only.
    var verifier: TokenVerifier {
        TokenVerifier(
            deployment: deployment,
            keys: [
                .relay: [relayKey.publicKey], .session: [sessionKey.publicKey], .control: [sessionKey.publicKey],
            ]
        )
    }

    var relay: RelayAuthenticator {
        RelayAuthenticator(verifier: verifier, snapshots: snapshots, apiTokenPepper: pepper)
    }

    var control: ControlAuthenticator {
        ControlAuthenticator(verifier: verifier, snapshots: snapshots, apiTokenPepper: pepper)
    }

    func claims(
        _ audience: TokenAudience,
        issuer: DeploymentID? = nil,
        subject: Principal.Subject? = nil,
        apiToken: APITokenID? = nil,
        epochs: TokenEpochs = TokenEpochs(organization: 0, subject: 0, session: 0),
        issuedAt: Int64 = now,
        life: Int64 = 600
    ) -> TokenClaims {
        let isControl = audience == .control
        return TokenClaims(
            issuer: issuer ?? deployment,
            audience: audience,
            organization: isControl ? .platform : organization,
            subject: subject ?? (isControl ? .platformOperator(platformOperator) : .user(user)),
            session: session,
            apiToken: apiToken,
            activeProfile: ProfileName(unchecked: "staging"),
            epochs: epochs,
            issuedAt: issuedAt,
            expiresAt: issuedAt + life
        )
    }

    func token(_ claims: TokenClaims, key: Ed25519SigningKey? = nil) throws -> [UInt8] {
        let key = key ?? (claims.audience == .relay ? relayKey : sessionKey)
        let issuer = TokenIssuer(key: key, audience: claims.audience, deployment: claims.issuer)
        return Array(try issuer.mint(claims).utf8)
    }

    /// A token with a header and a payload of the test's own, well signed.
    func forged(header: String, payload: String, key: Ed25519SigningKey) throws -> [UInt8] {
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        return Array("\(signed).\(Base64URL.encode(try key.signature(for: Array(signed.utf8))))".utf8)
    }

    static func parts(_ token: [UInt8]) -> [String] {
        String(decoding: token, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    static func decoded(_ part: String) -> String {
        String(decoding: Base64URL.decode(part) ?? [], as: UTF8.self)
    }
}

extension Result where Failure == Model.Failure {
    var failure: Model.Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
