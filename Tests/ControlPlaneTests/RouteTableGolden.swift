/// Method and path; action; who is admitted; largest body; whether limited by address; record. A change here is a
/// change of who may do what: review it as such.
enum RouteTableGolden {
    static let routes: [(String, String)] = [
        ("DELETE /v1/api-tokens/{id}", "revoke_api_token organization-admin 1048576 - api_token.revoked"),
        ("DELETE /v1/credentials/{name}", "delete_credential organization-admin 1048576 - credential.deleted"),
        ("DELETE /v1/session", "end_session platform-operator,every-role,without-role 1048576 - session.ended"),
        ("GET /healthz", "health open 1048576 - -"),
        ("GET /readyz", "readiness open 1048576 - -"),
        ("GET /v1/audit", "query_audit auditor 1048576 - -"),
        ("GET /v1/config", "fetch_configuration every-role,without-role,api-token 1048576 - config.fetched"),
        ("GET /v1/credentials", "list_credentials organization-admin,policy-author 1048576 - -"),
        ("GET /v1/discovery", "discover open 1048576 - -"),
        ("GET /v1/models", "list_models every-role,without-role,api-token 1048576 - -"),
        ("GET /v1/policy/history", "list_revisions organization-admin,policy-author,approver,auditor 1048576 - -"),
        ("GET /v1/profiles", "list_profiles every-role,without-role,api-token 1048576 - -"),
        ("GET /v1/service-accounts", "list_service_accounts organization-admin 1048576 - -"),
        ("GET /v1/service-accounts/{name}/tokens", "list_api_tokens organization-admin 1048576 - -"),
        ("GET /v1/whoami", "whoami platform-operator,every-role,without-role,api-token 1048576 - -"),
        ("POST /v1/invitations", "invite organization-admin 1048576 - user.invited"),
        ("POST /v1/operator/sessions", "open_operator_session open 4096 limited session.created"),
        ("POST /v1/organizations", "create_organization platform-operator 1048576 - organization.created"),
        ("POST /v1/organizations/{organization}/sessions", "open_session open 32768 limited session.created"),
        ("POST /v1/organizations/{organization}/sign-ins", "begin_sign_in open 4096 limited -"),
        ("POST /v1/policy/apply", "apply_policy policy-author 4194304 - policy.applied"),
        ("POST /v1/policy/plan", "plan_policy policy-author 4194304 - -"),
        ("POST /v1/relay-tokens", "exchange_token every-role,without-role,api-token 4096 - token.exchanged"),
        ("POST /v1/service-accounts", "create_service_account organization-admin 1048576 - service_account.created"),
        ("POST /v1/service-accounts/{name}/tokens", "create_api_token organization-admin 1048576 - api_token.created"),
        ("POST /v1/sessions/refresh", "refresh_session open 4096 limited session.refreshed"),
        ("PUT /v1/credentials/{name}", "set_credential organization-admin 65536 - credential.set"),
    ]

    static let text = routes.map { "\($0) \($1)" }.joined(separator: "\n")
        .replacing("every-role", with: "organization-admin,policy-author,approver,auditor,developer")
}
