/// What a caller who is nobody yet may do.
package enum OpenAction: String, Hashable, Sendable, CaseIterable {
    case health
    case readiness
    case discover
    case beginSignIn = "begin_sign_in"
    case openSession = "open_session"
    case openOperatorSession = "open_operator_session"
    case refreshSession = "refresh_session"
}

/// What takes an authenticated caller.
package enum GuardedAction: String, Hashable, Sendable, CaseIterable {
    case endSession = "end_session"
    case exchangeToken = "exchange_token"
    case whoami
    case listProfiles = "list_profiles"
    case fetchConfiguration = "fetch_configuration"
    case listModels = "list_models"
    case createOrganization = "create_organization"
    case planPolicy = "plan_policy"
    case applyPolicy = "apply_policy"
    case listRevisions = "list_revisions"
    case listCredentials = "list_credentials"
    case setCredential = "set_credential"
    case deleteCredential = "delete_credential"
    case listServiceAccounts = "list_service_accounts"
    case createServiceAccount = "create_service_account"
    case listAPITokens = "list_api_tokens"
    case createAPIToken = "create_api_token"
    case revokeAPIToken = "revoke_api_token"
    case invite
    case queryAudit = "query_audit"
}
