import Audit
import Credentials
import Cryptography
import FoundationEssentials
import Logging
import Model
import NIOCore
import NIOPosix
import Policy

@testable import Relay

/// What a test wants to be different.
struct Setup {
    var settings: (inout RelaySettings) -> Void = { _ in }
    var retries = 0
    var credential = true
    /// Where it may go; nil for where the provider is.
    var destinations: [String]?
    /// Names and templates.
    var auditHeaders: [(String, String)] = []
    var httpHeaders: [NamedValue] = []
    var envHTTPHeaders: [NamedValue] = []
    var forwardsClientMetadata: Bool?
    /// Of the first organization's only member.
    var groups: Set<GroupName> = []
    /// The provider's; nil for one without TLS.
    var certificate: TestCertificate?
    var respond: @Sendable (FakeProvider.Request) -> [FakeProvider.Step] = { _ in FakeProvider.answer() }
}

extension Setup {
    /// A provider with TLS, whose table names a bundle that holds `roots`, or its own certificate.
    static func tls(
        _ certificate: TestCertificate,
        trusting roots: TestCertificate? = nil,
        _ settings: @escaping (inout RelaySettings) -> Void = { _ in }
    ) -> Setup {
        var setup = Setup(certificate: certificate)
        setup.settings = {
            $0.certificateBundles = ["test": (roots ?? certificate).certificateFile]
            settings(&$0)
        }
        return setup
    }
}

/// A whole relay on loopback: a real journal in a temporary directory, real sealed credentials, two organizations,
/// and an authenticator that knows a handful of tokens.
final class RelayFixture: Sendable {
    static let secret = "sk-provider-secret-0123456789"
    static let token = "token-of-ada"
    static let strangerToken = "token-of-the-other-organization"

    let organization = OrganizationID.random()
    let otherOrganization = OrganizationID.random()
    let server: RelayServer
    let port: Int
    let upstream: FakeProvider
    let journal: Journal
    let snapshots: SnapshotHolder
    private let directory: String

    /// Begins everything, lends it, and ends it again.
    static func run<R>(_ setup: Setup = Setup(), _ body: (RelayFixture) async throws -> R) async throws -> R {
        let fixture = try await RelayFixture(setup)
        do {
            let result = try await body(fixture)
            await fixture.end()
            return result
        } catch {
            await fixture.end()
            throw error
        }
    }

    private init(_ setup: Setup) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        upstream = try await FakeProvider.start(
            group: group,
            tls: try setup.certificate?.serverContext(),
            respond: setup.respond
        )
        directory = FileManager.default.temporaryDirectory.path + "/keyreeve-relay-" + UUID().uuidString
        journal = try Journal.open(
            directory: directory,
            settings: JournalSettings(segmentBytes: 1 << 20, quotaBytes: 8 << 20)
        )

        let arena = try SecretArena.make(lockPolicy: .warn)
        let sealer = Sealer(rootKey: try SecureRandom.secret(32, in: arena), arena: arena)
        snapshots = SnapshotHolder()
        let root = setup.certificate == nil ? "http://127.0.0.1" : "https://localhost"
        let provider = try Self.provider(url: "\(root):\(upstream.port)/v1", setup)
        snapshots.replace(
            try Self.snapshot(
                organization,
                "acme",
                "production",
                provider,
                setup.auditHeaders,
                sealer,
                credential: setup.credential,
                destinations: setup.destinations ?? ["\(root):\(upstream.port)"],
                groups: setup.groups
            )
        )
        snapshots.replace(
            try Self.snapshot(
                otherOrganization,
                "other",
                "secretive",
                provider,
                [],
                sealer,
                credential: true,
                destinations: [provider.baseURL]
            )
        )
        snapshots.verified(at: .now)

        var settings = RelaySettings(port: 0)
        settings.egress = .development
        settings.timerResolution = .milliseconds(20)
        settings.drainTimeout = .milliseconds(200)
        setup.settings(&settings)
        var logger = Logger(label: "relay-test")
        logger.logLevel = .critical
        server = try RelayServer(
            settings: settings,
            snapshots: snapshots,
            authenticator: KnownTokens(principals: [
                Self.token: Self.principal(organization, "production"),
                Self.strangerToken: Self.principal(otherOrganization, nil),
            ]),
            credentials: CredentialCache(sealer: sealer),
            audit: AuditLog(journal: journal),
            group: group,
            logger: logger,
            catalog: { configuration, provider in
                Array("{\"models\":[],\"default\":\"\(configuration.defaultModel ?? "")\"}".utf8)
            }
        )
        port = try await server.start()
    }

    private func end() async {
        await server.stop()
        await upstream.stop()
        journal.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: What is in the journal

    /// All durable records, oldest first, as text.
    var records: [String] {
        ((try? journal.readDurable(after: nil, limit: 10_000)) ?? []).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    func records(_ kind: AuditKind) -> [String] {
        records.filter { $0.contains("\"kind\":\"\(kind.rawValue)\"") }
    }

    /// Waits, up to 5 s, for records of a kind.
    func eventually(_ kind: AuditKind, count: Int = 1) async -> [String] {
        for _ in 0..<500 {
            let found = records(kind)
            if found.count >= count { return found }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return records(kind)
    }

    func client() async throws -> RawClient { try await RawClient.connect(port: port) }

    // MARK: Making it

    private static func principal(_ organization: OrganizationID, _ active: String?) -> Principal {
        let id = Self.member(organization)
        return Principal(
            organization: organization,
            subject: .user(id),
            session: nil,
            activeProfile: active.map { ProfileName(unchecked: $0) }
        )
    }

    /// Every organization here has one member, of the same id.
    private static func member(_ organization: OrganizationID) -> UserID { UserID(organization.uuid) }

    private static func provider(url: String, _ setup: Setup) throws -> ProviderDefinition {
        ProviderDefinition(
            id: ProviderID(unchecked: "echo"),
            name: "Echo",
            endpoint: try UpstreamEndpoint.parse(url).get(),
            queryParams: [NamedValue("api-version", "2025 04")],
            httpHeaders: setup.httpHeaders,
            envHTTPHeaders: setup.envHTTPHeaders,
            requestMaxRetries: setup.retries,
            streamIdleTimeoutMS: 2_000,
            broker: BrokerSettings(
                access: .relay,
                credential: CredentialName(unchecked: "echo-key"),
                forwardClientMetadata: setup.forwardsClientMetadata,
                certificateBundle: setup.certificate.map { _ in "test" }
            )
        )
    }

    private static func snapshot(
        _ organization: OrganizationID,
        _ name: String,
        _ profile: String,
        _ provider: ProviderDefinition,
        _ auditHeaders: [(String, String)],
        _ sealer: Sealer,
        credential: Bool,
        destinations: [String],
        groups: Set<GroupName> = []
    ) throws -> OrganizationSnapshot {
        var settings = LayerSettings()
        settings.providers = [provider.id: Located(provider)]
        settings.allowedModels = Located([ModelPattern("gpt-5*")])
        settings.defaultModel = Located("gpt-5.4")
        settings.auditHeaders = try auditHeaders.map { name, template in
            Located(AuditHeader(name: name, template: try HeaderTemplate.parse(template).get()))
        }
        let profileName = ProfileName(unchecked: profile)
        let layer = PolicyLayer(kind: .profile, document: "profiles/\(profile).toml", settings: settings)
        let document = ProfileDocument(name: profileName, groups: [], layer: layer)
        return OrganizationSnapshot(
            id: organization,
            name: OrganizationName(unchecked: name),
            changeVersion: 1,
            revision: 3,
            policy: PolicySet(profiles: [profileName: document], digest: CanonicalWriter().digest),
            members: [member(organization): Member(groups: groups, roles: [.developer], active: true)],
            credentials: credential ? try credentials(organization, destinations, sealer) : [:]
        )
    }

    private static func credentials(
        _ organization: OrganizationID,
        _ destinations: [String],
        _ sealer: Sealer
    ) throws -> [CredentialName: CredentialRecord] {
        let name = CredentialName(unchecked: "echo-key")
        let (id, wrapped) = try sealer.newDataKey(for: organization)
        let destinations = CredentialDestinations(stored: destinations)
        let location = SealLocation.credential(
            name,
            generation: 1,
            destinations: destinations.texts,
            of: organization
        )
        let sealed = try sealer.seal(Array(secret.utf8), at: location, dataKey: id, wrapped: wrapped)
        let record = CredentialRecord(
            name: name,
            generation: 1,
            row: name.text,
            destinations: destinations,
            sealed: sealed.bytes,
            dataKey: id,
            wrappedDataKey: wrapped
        )
        return [name: record]
    }
}

/// Knows tokens by heart.
struct KnownTokens: RelayAuthenticating {
    let principals: [String: Principal]

    func authenticate(tokenBytes: [UInt8], now: Int64) -> Result<Principal, Failure> {
        let token = String(decoding: tokenBytes, as: UTF8.self)
        if token == "expired" { return .failure(.expiredToken) }
        return principals[token].map { .success($0) } ?? .failure(.invalidToken)
    }
}
