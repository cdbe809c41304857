import Audit
import Cryptography
import Development
import Foundation
import Model
import Policy
import PolicyDocuments
import Store

/// The organization `demo`, brought to what `policies/demo/` says at every start, through the same repositories and
/// with the same records as any other organization.
struct DemoOrganization: Sendable {
    let groundwork: Groundwork
    let directory: String
    let ports: DevelopmentPorts
    let issuerURL: String

    /// The demo's people: the first holds every role, so that one sign-in shows everything.
    static let people: [(person: DevelopmentIssuer.Person, roles: Set<Role>)] = [
        (
            .init(mail: "ada@demo.example", displayName: "Ada Admin"),
            [.developer, .organizationAdmin, .policyAuthor, .approver, .auditor]
        ),
        (.init(mail: "dev@demo.example", displayName: "Devi Developer"), [.developer]),
        (.init(mail: "audi@demo.example", displayName: "Audi Auditor"), [.auditor]),
    ]

    private static let name = OrganizationName(unchecked: "demo")
    private static let credential = CredentialName(unchecked: "echo-key")

    private var database: Database { groundwork.database }

    /// The platform operator on whose behalf `dev` acts. It names no user: nobody can sign in as it.
    private static let operatorID = UserID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))

    /// Makes or updates the organization. `echoKey` is given where the echo provider has a new key.
    func prepare(echoKey: Secret?) async throws {
        try await groundwork.refresher.refresh()
        let id = try await findOrCreate()
        let scope = OrganizationScope(authenticated: principal(in: id))
        _ = try await OrganizationRepository(app: database.app).setIssuer(
            IssuerRegistration(url: issuerURL, clientID: DevelopmentIssuer.clientID),
            in: scope,
            record: record(.operatorSteppedIn, in: id, ["detail": .string("issuer of keyreeved dev")])
        )
        if let echoKey { try await set(echoKey, in: scope) }
        try await applyPolicy(in: scope)
        try await groundwork.refresher.refresh()
    }

    /// A code that signs the first person in without a browser. Lasts half an hour.
    func signInCode(tokens: RefreshTokens) async throws -> String {
        guard let id = groundwork.snapshots.current.organization(named: Self.name)?.id else { throw Failure.notFound }
        let scope = OrganizationScope(authenticated: principal(in: id))
        let repository = PeopleRepository(app: database.app)
        let first = Self.people[0]
        let known = try await repository.people(withMail: first.person.mail, in: scope)
        let code = Bootstrap.oneTimeCode()
        let now = Date()
        let user: UserID
        if let local = known.first(where: { $0.status == .active }) {
            user = local.id
        } else {
            let invitation = Invitation(
                mail: first.person.mail,
                displayName: first.person.displayName,
                roles: first.roles,
                groups: [GroupName(unchecked: "engineering")],
                expiresAt: now + 3600
            )
            user = try await repository.admitLocalUser(invitation, in: id) { user in
                record(.userInvited, in: id, ["target": .string(user.description)])
            }.value
        }
        let signIns = SignInRepository(app: database.app, tokens: tokens)
        try await signIns.issueCode(code, for: user, in: id, expiresAt: now + 1800, now: now)
        return code
    }

    private func findOrCreate() async throws -> OrganizationID {
        if let known = groundwork.snapshots.current.organization(named: Self.name) { return known.id }
        let new = NewOrganization(
            name: Self.name,
            displayName: "Demo",
            issuer: IssuerRegistration(url: issuerURL, clientID: DevelopmentIssuer.clientID),
            admin: invitation(Self.people[0])
        )
        _ = try await OrganizationRepository(app: database.app).create(new, by: principal(in: .platform)) { admin in
            [
                record(.organizationCreated, in: .platform, ["target": .string(Self.name.text)]),
                record(.userInvited, in: new.id, ["target": .string(admin.description)]),
            ]
        }
        let people = PeopleRepository(app: database.app)
        let scope = OrganizationScope(authenticated: principal(in: new.id))
        for person in Self.people.dropFirst() {
            _ = try await people.invite(invitation(person), in: scope) { user in
                record(.userInvited, in: new.id, ["target": .string(user.description)])
            }
        }
        return new.id
    }

    private func invitation(_ entry: (person: DevelopmentIssuer.Person, roles: Set<Role>)) -> Invitation {
        Invitation(
            mail: entry.person.mail,
            displayName: entry.person.displayName,
            roles: entry.roles,
            groups: entry.roles.contains(.developer) ? [GroupName(unchecked: "engineering")] : [],
            expiresAt: Date() + 3650 * 86_400
        )
    }

    private var echoAddress: String { "http://127.0.0.1:\(ports.echo)" }

    private func set(_ value: Secret, in scope: OrganizationScope) async throws {
        let credentials = CredentialRepository(app: database.app, sealer: groundwork.sealer)
        let destinations = try CredentialDestinations.parse([echoAddress]).get()
        _ = try await credentials.set(Self.credential, to: value, for: destinations, in: scope) { summary in
            record(
                .credentialSet,
                in: scope.organization,
                [
                    "target": .string(Self.credential.text), "credential_fingerprint": .string(summary.fingerprint),
                    "detail": .string(summary.destinations.list),
                ]
            )
        }
    }

    /// Applies `policies/demo/` the first time only: afterwards the organization's own applies are its own business.
    private func applyPolicy(in scope: OrganizationScope) async throws {
        let repository = PolicyRepository(app: database.app)
        guard try await repository.currentNumber(in: scope) == 0 else { return }
        let documents = try documents()
        let outcome = PolicyLoader.load(files: documents, organization: Self.name, egress: groundwork.egress)
        guard let policy = outcome.policy else {
            throw StartError(outcome.diagnostics.map { "\(directory)/\($0)" }.joined(separator: "\n"))
        }
        _ = try await repository.apply(
            documents,
            policy: policy,
            base: 0,
            by: principal(in: scope.organization),
            in: scope
        ) { revision in
            record(.policyApplied, in: scope.organization, ["revision": .integer(revision)])
        }
    }

    /// The demo's files; its echo provider stands at the usual port, which may be another one here.
    private func documents() throws -> [String: String] {
        var documents: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) where path.hasSuffix(".toml") {
            let text = try String(contentsOfFile: directory + "/" + path, encoding: .utf8)
            documents[path] = text.replacing("http://127.0.0.1:7402", with: echoAddress)
        }
        return documents
    }

    private func principal(in organization: OrganizationID) -> Principal {
        Principal(
            organization: organization,
            subject: .platformOperator(Self.operatorID),
            session: nil,
            activeProfile: nil
        )
    }

    private func record(_ kind: AuditKind, in organization: OrganizationID, _ fields: AuditFields) -> AuditRecord {
        var fields = fields
        fields["actor_kind"] = .string("operator")
        fields["actor_id"] = .string(Self.operatorID.description)
        return AuditRecord(kind: kind, organization: organization, fields: fields)
    }
}
