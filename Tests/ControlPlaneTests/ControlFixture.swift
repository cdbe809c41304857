import Audit
import ControlAPI
import Credentials
import Cryptography
import Foundation
import Identity
import Logging
import Model
import Policy
import PolicyDocuments
import Postgres
import Store
import Synchronization

@testable import ControlPlane

/// A control API whose database is away: what must work without one works here, and everything else answers 503.
final class ControlFixture: Sendable {
    static let start: Int64 = 1_800_000_000

    let arena: SecretArena
    let deployment = DeploymentID.random()
    let organization = OrganizationID.random()
    let relayKey: Ed25519SigningKey
    let sessionKey: Ed25519SigningKey
    let configurationKey: Ed25519SigningKey
    let pepper: Secret
    let verifier: TokenVerifier
    let snapshots = SnapshotHolder()
    let journal: Journal
    let database: Database
    let parts: ControlParts
    private let directory: URL
    private let clock = Mutex(ControlFixture.start)

    let users: [Role: UserID]
    let platformOperator = UserID.random()
    let account = ServiceAccountID.random()
    let apiToken = APIToken.generate()

    init() throws {
        arena = try SecretArena.make(lockPolicy: .warn)
        let arena = arena
        func key() throws -> Ed25519SigningKey {
            try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        }
        (relayKey, sessionKey, configurationKey) = (try key(), try key(), try key())
        pepper = try SecureRandom.secret(32, in: arena)
        verifier = TokenVerifier(
            deployment: deployment,
            keys: [
                .relay: [relayKey.publicKey], .session: [sessionKey.publicKey], .control: [sessionKey.publicKey],
            ]
        )
        directory = FileManager.default.temporaryDirectory.appending(path: "keyreeve-control-\(UUID().uuidString)")
        journal = try Journal.open(
            directory: directory.path,
            settings: JournalSettings(segmentBytes: 256 << 10, quotaBytes: 4 << 20)
        )
        database = Database { "host=/nonexistent user=\($0.rawValue) dbname=none" }
        let rootKey = try SecureRandom.secret(32, in: arena)
        let sealer = Sealer(rootKey: rootKey, arena: arena)
        let keys = ControlKeys(
            deployment: deployment,
            relay: relayKey,
            session: sessionKey,
            configuration: configurationKey,
            verifier: verifier,
            apiTokenPepper: pepper
        )
        parts = ControlParts(
            settings: ControlSettings(
                host: "127.0.0.1",
                port: 0,
                controlURL: "https://keyreeve.example",
                relayURL: "https://relay.example",
                version: "0.0.0",
                allowsLoopbackIssuers: false
            ),
            keys: keys,
            store: ControlRepositories(
                database: database,
                sealer: sealer,
                refreshTokens: RefreshTokens(key: try sealer.purposeKey("refresh-token"))
            ),
            snapshots: snapshots,
            refresh: { _ in },
            refusedOrganizations: { [] },
            audit: AuditLog(journal: journal),
            arena: arena,
            egress: .development,
            issuers: IssuerDirectory(allowsLoopback: false) { _ in throw Failure.upstreamUnreachable },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let people = Role.allCases.filter { $0 != .platformOperator }
        users = Dictionary(uniqueKeysWithValues: people.map { ($0, UserID.random()) })
        try load()
        snapshots.verified(at: .now)
    }

    deinit {
        journal.close()
        try? FileManager.default.removeItem(at: directory)
    }

    static let documents = [
        "organization.toml": """
        [organization]
        id = "acme"

        """,
        "profiles/staging.toml": """
        [profile]
        id = "staging"

        [codex]
        model_provider = "echo"

        [models]
        default = "gpt-5.4-mini"

        [[models.catalog]]
        id = "gpt-5.4-mini"

        [model_providers.echo]
        name = "Echo"
        base_url = "http://127.0.0.1:7402/v1"
        wire_api = "responses"

        [model_providers.echo.broker]
        access = "relay"
        credential = "echo-key"

        """,
        "profiles/closed.toml": """
        [profile]
        id = "closed"
        groups = ["insiders"]

        [codex]
        model_provider = "echo"

        [model_providers.echo]
        name = "Echo"
        base_url = "http://127.0.0.1:7402/v1"
        wire_api = "responses"

        [model_providers.echo.broker]
        access = "relay"
        credential = "echo-key"

        """,
    ]

    func load(version: Int64 = 1, epochs: Epochs = Epochs(), hasOperator: Bool = true) throws {
        let outcome = PolicyLoader.load(files: Self.documents, egress: .development)
        guard let policy = outcome.policy else { throw ControlFixtureError.policy("\(outcome.diagnostics)") }
        let account = ServiceAccount(
            name: ServiceAccountName(unchecked: "ci"),
            roles: [.developer],
            profiles: [ProfileName(unchecked: "staging")]
        )
        let token = APITokenVerifier(
            account: self.account,
            verifier: apiToken.verifier(pepper: pepper),
            expiresAt: Self.start + 86_400,
            scopes: [],
            revoked: false
        )
        snapshots.replace(
            OrganizationSnapshot(
                id: organization,
                name: OrganizationName(unchecked: "acme"),
                changeVersion: version,
                revision: 1,
                policy: policy,
                members: Dictionary(
                    uniqueKeysWithValues: users.map { ($1, Member(groups: [], roles: [$0], active: true)) }
                ),
                serviceAccounts: [self.account: account],
                epochs: epochs,
                apiTokens: [apiToken.id: token],
                issuers: [Issuer(url: "https://login.example", clientID: "keyreeve")]
            )
        )
        snapshots.replace(
            OrganizationSnapshot(
                id: .platform,
                name: OrganizationName(unchecked: "platform"),
                changeVersion: version,
                revision: 0,
                policy: .empty,
                members: hasOperator
                    ? [platformOperator: Member(groups: [], roles: [.platformOperator], active: true)] : [:]
            )
        )
    }

    var now: Int64 { clock.withLock { $0 } }
    func advance(by seconds: Int64) { clock.withLock { $0 += seconds } }

    func reception() -> Reception {
        Reception(parts: parts) { [self] in Date(timeIntervalSince1970: Double(now)) }
    }

    /// The bearer of someone with exactly this role.
    func assertion(_ role: Role, life: Int64 = 3600) throws -> String {
        let isOperator = role == .platformOperator
        let subject: Principal.Subject =
            isOperator ? .platformOperator(platformOperator) : .user(users[role] ?? .random())
        let audience: TokenAudience = isOperator ? .control : .session
        let issuer = TokenIssuer(key: sessionKey, audience: audience, deployment: deployment)
        return try issuer.mint(
            TokenClaims(
                issuer: deployment,
                audience: audience,
                organization: isOperator ? .platform : organization,
                subject: subject,
                session: .random(),
                activeProfile: nil,
                epochs: TokenEpochs(organization: 0, subject: 0, session: 0),
                issuedAt: now,
                expiresAt: now + life
            )
        )
    }

    /// Every record that is durable now.
    func records() throws -> [AuditRecord] {
        try journal.readDurable(after: nil, limit: 10_000).compactMap { AuditRecord(canonicalBytes: $0.bytes) }
    }
}

enum ControlFixtureError: Error {
    case policy(String)
    case answer(String)
}

extension ControlAnswer {
    func decoded<Shape: Decodable>(as shape: Shape.Type = Shape.self) throws -> Shape {
        try JSONDecoder().decode(shape, from: Data(body))
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension Reception {
    /// Asks as a client would.
    func ask(
        _ method: String,
        _ path: String,
        query: String? = nil,
        bearer: String? = nil,
        body: String = "",
        contentType: String = "application/json",
        ifNoneMatch: String? = nil
    ) async -> ControlAnswer {
        let head = RequestHead(
            id: "request-1",
            method: method,
            path: path,
            query: query,
            authorization: bearer.map { ["Bearer \($0)"] } ?? [],
            ifNoneMatch: ifNoneMatch,
            contentType: contentType,
            address: "192.0.2.7"
        )
        return await answer(head) { limit in
            guard body.utf8.count <= limit else { throw Failure.bodyTooLarge }
            return Array(body.utf8)
        }
    }
}
