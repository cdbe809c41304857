/// What happened. The raw value stands in records for ever: add cases, never rename one.
package enum AuditKind: String, Hashable, Sendable, CaseIterable {
    // Relayed requests
    case relayIntent = "relay.intent"
    case relayOutcome = "relay.outcome"
    case relayDenied = "relay.denied"
    /// A ticket was dropped without an outcome: the exchange ended in a way nobody described.
    case relayAbandoned = "relay.abandoned"
    /// The process ended before the outcome was written; recovery says so.
    case outcomeUnknown = "outcome.unknown"

    // Tokens and sessions
    case tokenExchanged = "token.exchanged"
    case tokenRefused = "token.refused"
    case sessionCreated = "session.created"
    case sessionRefreshed = "session.refreshed"
    case sessionEnded = "session.ended"
    case signInRefused = "sign_in.refused"

    // Policy and configuration
    case policyApplied = "policy.applied"
    case policyRefused = "policy.refused"
    case configurationFetched = "config.fetched"

    // Administration
    case credentialSet = "credential.set"
    case credentialDeleted = "credential.deleted"
    case organizationCreated = "organization.created"
    case serviceAccountCreated = "service_account.created"
    case serviceAccountDeleted = "service_account.deleted"
    case apiTokenCreated = "api_token.created"
    case apiTokenRevoked = "api_token.revoked"
    case userInvited = "user.invited"
    case userDeactivated = "user.deactivated"
    case roleGranted = "role.granted"
    case roleRevoked = "role.revoked"
    case operatorSteppedIn = "operator.stepped_in"
    /// An authenticated caller was refused a control route.
    case controlRefused = "control.refused"

    // The platform's own
    case serverInitialized = "server.initialized"
    case unauthenticatedSummary = "unauthenticated.summary"
    /// The journal was opened after an unclean end; says where the old incarnation stopped.
    case journalRecovered = "journal.recovered"
}

extension AuditKind {
    /// Whether a record of this kind ends what an intent began.
    package var settlesIntent: Bool {
        switch self {
        case .relayOutcome, .relayAbandoned, .outcomeUnknown: true
        default: false
        }
    }
}
