/// From action to use case. Exhaustive: a new action does not compile until it has a handler.
struct Handlers: Sendable {
    private let health: HealthRoutes
    private let discovery: DiscoveryRoutes
    private let signIn: SignInRoutes
    private let sessions: SessionRoutes
    private let relayTokens: RelayTokenRoutes
    private let configuration: ConfigurationRoutes
    private let organizations: OrganizationRoutes
    private let policy: PolicyRoutes
    private let credentials: CredentialRoutes
    private let serviceAccounts: ServiceAccountRoutes
    private let audit: AuditRoutes

    init(_ parts: ControlParts) {
        health = HealthRoutes(parts: parts)
        discovery = DiscoveryRoutes(parts: parts)
        signIn = SignInRoutes(parts: parts)
        sessions = SessionRoutes(parts: parts)
        relayTokens = RelayTokenRoutes(parts: parts)
        configuration = ConfigurationRoutes(parts: parts)
        organizations = OrganizationRoutes(parts: parts)
        policy = PolicyRoutes(parts: parts)
        credentials = CredentialRoutes(parts: parts)
        serviceAccounts = ServiceAccountRoutes(parts: parts)
        audit = AuditRoutes(parts: parts)
    }

    func handle(_ action: OpenAction, _ request: ControlRequest) async throws -> ControlAnswer {
        switch action {
        case .health: health.health()
        case .readiness: try health.readiness()
        case .discover: try discovery.discover()
        case .beginSignIn: try await signIn.begin(request)
        case .openSession: try await signIn.openSession(request)
        case .openOperatorSession: try await signIn.openOperatorSession(request)
        case .refreshSession: try await sessions.refresh(request)
        }
    }

    func handle(_ action: GuardedAction, _ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        switch action {
        case .endSession: try await sessions.end(request, by: caller)
        case .exchangeToken: try await relayTokens.exchange(request, by: caller)
        case .whoami: try discovery.whoami(caller)
        case .listProfiles: try configuration.profiles(caller)
        case .fetchConfiguration: try configuration.bundle(request, for: caller)
        case .listModels: try configuration.models(request, for: caller)
        case .createOrganization: try await organizations.create(request, by: caller)
        case .invite: try await organizations.invite(request, by: caller)
        case .planPolicy: try await policy.plan(request, by: caller)
        case .applyPolicy: try await policy.apply(request, by: caller)
        case .listRevisions: try await policy.history(caller)
        case .listCredentials: try await credentials.list(caller)
        case .setCredential: try await credentials.set(request, by: caller)
        case .deleteCredential: try await credentials.delete(request, by: caller)
        case .listServiceAccounts: try await serviceAccounts.list(caller)
        case .createServiceAccount: try await serviceAccounts.create(request, by: caller)
        case .listAPITokens: try await serviceAccounts.tokens(request, by: caller)
        case .createAPIToken: try await serviceAccounts.createToken(request, by: caller)
        case .revokeAPIToken: try await serviceAccounts.revokeToken(request, by: caller)
        case .queryAudit: try await audit.query(request, by: caller)
        }
    }
}
