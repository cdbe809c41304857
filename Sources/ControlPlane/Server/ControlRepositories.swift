package import Credentials
package import Store

/// The part of the store that the control API writes and reads.
package struct ControlRepositories: Sendable {
    let organizations: OrganizationRepository
    let people: PeopleRepository
    let signIns: SignInRepository
    let sessions: SessionRepository
    let refreshTokens: RefreshTokens
    let serviceAccounts: ServiceAccountRepository
    let policies: PolicyRepository
    let credentials: CredentialRepository
    let audit: AuditRepository

    package init(database: Database, sealer: Sealer, refreshTokens: RefreshTokens) {
        let people = PeopleRepository(app: database.app)
        organizations = OrganizationRepository(app: database.app)
        self.people = people
        signIns = SignInRepository(app: database.app, tokens: refreshTokens)
        sessions = SessionRepository(app: database.app, tokens: refreshTokens)
        self.refreshTokens = refreshTokens
        serviceAccounts = ServiceAccountRepository(app: database.app)
        policies = PolicyRepository(app: database.app)
        credentials = CredentialRepository(app: database.app, sealer: sealer)
        audit = AuditRepository(auditReader: database.auditReader, people: people)
    }
}
