import Audit
import ControlAPI
import Credentials
import Cryptography
import Foundation
import Identity
import KeyreeveTesting
import Logging
import Model
import Policy
import PolicyDocuments
import Postgres
import Store
import Synchronization

@testable import ControlPlane

/// The control API over a real database, with an issuer in memory and a clock to turn.
final class ControlHouse: Sendable {
    static let issuerURL = "https://login.example"

    let test: TestDatabase
    let snapshots = SnapshotHolder()
    let refresher: SnapshotRefresher
    let journal: Journal
    let verifier: TokenVerifier
    let pepper: Secret
    let reception: Reception
    let repositories: ControlRepositories
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let issuerKey: Ed25519SigningKey
    private let clock: Clock
    private let directory: URL

    /// Wall time, moved forward by tests.
    final class Clock: Sendable {
        private let offset = Mutex(0.0)
        var now: Date { Date().addingTimeInterval(offset.withLock { $0 }) }
        func advance(by seconds: Double) { offset.withLock { $0 += seconds } }
    }

    static func with<Value>(_ body: (ControlHouse) async throws -> Value) async throws -> Value {
        try await TestDatabase.with { test in
            let house = try ControlHouse(test)
            try await house.refresher.refresh()
            return try await body(house)
        }
    }

    private init(_ test: TestDatabase) throws {
        self.test = test
        let arena = try SecretArena.make(lockPolicy: .warn)
        func key() throws -> Ed25519SigningKey {
            try Ed25519SigningKey(seed: Ed25519SigningKey.generateSeed(in: arena))
        }
        let (relay, session, configuration) = (try key(), try key(), try key())
        issuerKey = try key()
        let deployment = DeploymentID.random()
        verifier = TokenVerifier(
            deployment: deployment,
            keys: [.relay: [relay.publicKey], .session: [session.publicKey], .control: [session.publicKey]]
        )
        let sealer = Sealer(rootKey: try SecureRandom.secret(32, in: arena), arena: arena)
        pepper = try sealer.purposeKey("api-token-pepper")
        directory = FileManager.default.temporaryDirectory.appending(path: "keyreeve-house-\(UUID().uuidString)")
        journal = try Journal.open(
            directory: directory.path,
            settings: JournalSettings(segmentBytes: 256 << 10, quotaBytes: 4 << 20)
        )
        let refresher = SnapshotRefresher(
            repository: SnapshotRepository(snapshot: test.database.snapshot) { documents in
                guard let policy = PolicyLoader.load(files: documents, egress: .development).policy else {
                    throw Failure.invalidDocument
                }
                return policy
            },
            holder: snapshots,
            logger: logger
        )
        self.refresher = refresher
        let publicKey = Base64URL.encode(issuerKey.publicKey.rawRepresentation)
        repositories = ControlRepositories(
            database: test.database,
            sealer: sealer,
            refreshTokens: RefreshTokens(key: try sealer.purposeKey("refresh-token"))
        )
        let parts = ControlParts(
            settings: ControlSettings(
                host: "127.0.0.1",
                port: 0,
                controlURL: "https://keyreeve.example",
                relayURL: "https://relay.example",
                version: "0.0.0",
                allowsLoopbackIssuers: false
            ),
            keys: ControlKeys(
                deployment: deployment,
                relay: relay,
                session: session,
                configuration: configuration,
                verifier: verifier,
                apiTokenPepper: pepper
            ),
            store: repositories,
            snapshots: snapshots,
            refresh: { try await refresher.refresh($0) },
            refusedOrganizations: { refresher.refusedOrganizations },
            audit: AuditLog(journal: journal),
            arena: arena,
            egress: .development,
            issuers: IssuerDirectory(allowsLoopback: false) { address in
                Array((address.hasSuffix("/keys") ? Self.keys(publicKey) : Self.metadata).utf8)
            },
            logger: logger
        )
        let clock = Clock()
        self.clock = clock
        reception = Reception(parts: parts) { clock.now }
    }

    deinit {
        journal.close()
        try? FileManager.default.removeItem(at: directory)
    }

    private static let metadata = """
        {"issuer":"\(issuerURL)","authorization_endpoint":"\(issuerURL)/authorize",
        "token_endpoint":"\(issuerURL)/token","jwks_uri":"\(issuerURL)/keys"}
        """

    private static func keys(_ publicKey: String) -> String {
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"\#(publicKey)"}]}"#
    }

    var now: Date { clock.now }
    func advance(by seconds: Double) { clock.advance(by: seconds) }

    /// Asks as a client would.
    func ask(
        _ method: String,
        _ path: String,
        query: String? = nil,
        bearer: String? = nil,
        body: String = "",
        contentType: String = "application/json"
    ) async -> ControlAnswer {
        let head = RequestHead(
            id: UUID().uuidString.lowercased(),
            method: method,
            path: path,
            query: query,
            authorization: bearer.map { ["Bearer \($0)"] } ?? [],
            contentType: contentType,
            address: "192.0.2.7"
        )
        return await reception.answer(head) { _ in Array(body.utf8) }
    }

    func ask<Shape: Encodable>(
        _ method: String,
        _ path: String,
        bearer: String? = nil,
        _ shape: Shape
    ) async throws -> ControlAnswer {
        let body = String(decoding: try JSONEncoder().encode(shape), as: UTF8.self)
        return await ask(method, path, bearer: bearer, body: body)
    }

    /// What the issuer gives someone who signed in there.
    func idToken(subject: String, mail: String?, nonce: String, clientID: String = "keyreeve") throws -> String {
        let seconds = Int64(now.timeIntervalSince1970)
        let mailClaims = mail.map { #""email":"\#($0)","email_verified":true,"# } ?? ""
        let claims = """
            {"iss":"\(Self.issuerURL)","sub":"\(subject)","aud":"\(clientID)","nonce":"\(nonce)",\(mailClaims)\
            "exp":\(seconds + 300),"iat":\(seconds)}
            """
        let header = Base64URL.encode(Array(#"{"alg":"EdDSA","kid":"k"}"#.utf8))
        let signed = "\(header).\(Base64URL.encode(Array(claims.utf8)))"
        return "\(signed).\(Base64URL.encode(try issuerKey.signature(for: Array(signed.utf8))))"
    }

    /// Signs in through the issuer, start to end.
    func signIn(_ organization: String, subject: String, mail: String?) async throws -> ControlAnswer {
        let name = OrganizationName(unchecked: organization)
        let begun = await ask("POST", ControlPath.signIns(name), body: "{}")
        let signIn = try begun.decoded(as: SignInAnswer.self)
        let token = try idToken(subject: subject, mail: mail, nonce: signIn.nonce)
        return try await ask("POST", ControlPath.sessions(name), SessionRequest(signIn: signIn.signIn, idToken: token))
    }

    /// With the ledger being written.
    func whileSequencing<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let sequencer = AuditSequencer(sequence: test.database.sequence, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sequencer.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// The bearer of a fresh operator.
    func operatorAssertion() async throws -> String {
        let invitation = Store.Invitation(mail: "operator", roles: [.platformOperator], expiresAt: now + 600)
        let user = try await repositories.people.admitLocalUser(invitation, in: .platform) { _ in
            AuditRecord(kind: .serverInitialized, organization: .platform)
        }
        try await repositories.signIns.issueCode(
            "one-time-code",
            for: user.value,
            in: .platform,
            expiresAt: now + 600,
            now: now
        )
        try await refresher.refresh()
        let answer = try await ask("POST", ControlPath.operatorSessions, SessionRequest(oneTimeCode: "one-time-code"))
        return try answer.decoded(as: SessionAnswer.self).sessionAssertion
    }

    /// An organization with its first admin signed in.
    func organization(_ name: String, by assertion: String) async throws -> SessionAnswer {
        let request = OrganizationRequest(
            name: OrganizationName(unchecked: name),
            admin: "ada@\(name).example",
            issuer: Self.issuerURL
        )
        let made = try await ask("POST", ControlPath.organizations, bearer: assertion, request)
        guard made.status == 201 else { throw HouseError.answer(made.text) }
        return try await signIn(name, subject: "ada-\(name)", mail: "ada@\(name).example").decoded()
    }
}

enum HouseError: Error {
    case answer(String)
}

extension ControlAnswer {
    func decoded<Shape: Decodable>(as shape: Shape.Type = Shape.self) throws -> Shape {
        do {
            return try JSONDecoder().decode(shape, from: Data(body))
        } catch {
            throw HouseError.answer("\(status) \(text)")
        }
    }

    var failure: Failure? { (try? JSONDecoder().decode(Problem.self, from: Data(body)))?.failure }
    var text: String { String(decoding: body, as: UTF8.self) }
}
