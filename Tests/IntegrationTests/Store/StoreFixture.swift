import Audit
import Credentials
import Cryptography
import FoundationEssentials
import KeyreeveTesting
import Model
import Policy
import Postgres
import Store

/// Repositories over one test database, and an organization or two in it.
struct StoreFixture: Sendable {
    let test: TestDatabase
    let arena: SecretArena
    let sealer: Sealer
    let tokens: RefreshTokens

    init(_ test: TestDatabase) throws {
        self.test = test
        arena = try SecretArena.make(lockPolicy: .warn)
        sealer = Sealer(rootKey: try SecureRandom.secret(32, in: arena), arena: arena)
        tokens = RefreshTokens(key: try sealer.purposeKey("refresh-token"))
    }

    static func with<Value>(_ body: (StoreFixture) async throws -> Value) async throws -> Value {
        try await TestDatabase.with { test in try await body(try StoreFixture(test)) }
    }

    var organizations: OrganizationRepository { OrganizationRepository(app: test.database.app) }
    var people: PeopleRepository { PeopleRepository(app: test.database.app) }
    var signIns: SignInRepository { SignInRepository(app: test.database.app, tokens: tokens) }
    var sessions: SessionRepository { SessionRepository(app: test.database.app, tokens: tokens) }
    var accounts: ServiceAccountRepository { ServiceAccountRepository(app: test.database.app) }
    var policies: PolicyRepository { PolicyRepository(app: test.database.app) }
    var credentials: CredentialRepository { CredentialRepository(app: test.database.app, sealer: sealer) }
    var snapshots: SnapshotRepository {
        SnapshotRepository(snapshot: test.database.snapshot) { _ in .empty }
    }

    static let issuer = "https://id.example"
    static let operatorPrincipal = Principal(
        organization: .platform,
        subject: .platformOperator(.random()),
        session: nil,
        activeProfile: nil
    )

    /// An organization with an admin who has signed in.
    func organization(_ name: String) async throws -> Home {
        let name = OrganizationName(unchecked: name)
        let new = NewOrganization(
            name: name,
            issuer: IssuerRegistration(url: Self.issuer, clientID: "keyreeve"),
            admin: Invitation(
                mail: "admin@\(name).example",
                displayName: "Ada",
                roles: [.organizationAdmin, .developer],
                groups: [GroupName(unchecked: "engineering")],
                expiresAt: Date().addingTimeInterval(3600)
            )
        )
        _ = try await organizations.create(new, by: Self.operatorPrincipal) { admin in
            [Self.record(.organizationCreated, new.id), Self.record(.organizationCreated, nil)]
        }
        let grant = try await signIn(new.id, subject: "ada", mail: "Admin@\(name).example")
        return Home(id: new.id, admin: grant.user, session: grant.session, refreshToken: grant.refreshToken)
    }

    func signIn(
        _ organization: OrganizationID,
        subject: String,
        mail: String?,
        now: Date = Date()
    ) async throws -> SessionGrant {
        let signIn = try await signIns.begin(
            in: organization,
            issuer: Self.issuer,
            nonce: "nonce",
            expiresAt: now.addingTimeInterval(600),
            now: now
        )
        return try await signIns.complete(
            signIn,
            in: organization,
            nonce: "nonce",
            identity: ProvenIdentity(issuer: Self.issuer, subject: subject, verifiedMail: mail, displayName: nil),
            refreshExpiresAt: now.addingTimeInterval(86_400),
            now: now,
            record: { outcome in
                switch outcome {
                case .signedIn: Self.record(.sessionCreated, organization)
                case .refused: Self.record(.signInRefused, organization)
                }
            }
        )
    }

    static func record(_ kind: AuditKind, _ organization: OrganizationID?) -> AuditRecord {
        AuditRecord(kind: kind, organization: organization)
    }

    /// How many records of a kind were written, by whatever way.
    func recorded(_ kind: AuditKind, _ organization: OrganizationID?) async throws -> Int {
        let rows = try await test.superuser().query(
            """
            SELECT count(*) AS n FROM audit_intake WHERE organization_id = \(organization ?? .platform)
                AND convert_from(record, 'UTF8')::jsonb ->> 'kind' = \(kind.rawValue)::text
            """
        )
        return try rows.first?.get("n", as: Int.self) ?? 0
    }
}

/// An organization of a test, and its admin.
struct Home: Sendable {
    let id: OrganizationID
    let admin: UserID
    let session: SessionID
    let refreshToken: String

    var principal: Principal {
        Principal(organization: id, subject: .user(admin), session: session, activeProfile: nil)
    }
    var scope: OrganizationScope { OrganizationScope(authenticated: principal) }
}
