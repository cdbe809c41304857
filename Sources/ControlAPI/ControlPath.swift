package import Model

/// The paths of the control API, for both its ends. All but `healthz` and `readyz` stand under `/v1`.
package enum ControlPath {
    package static let discovery = "/v1/discovery"
    package static let operatorSessions = "/v1/operator/sessions"
    package static let refresh = "/v1/sessions/refresh"
    package static let session = "/v1/session"
    package static let relayTokens = "/v1/relay-tokens"
    package static let whoami = "/v1/whoami"
    package static let profiles = "/v1/profiles"
    package static let configuration = "/v1/config"
    package static let models = "/v1/models"
    package static let organizations = "/v1/organizations"
    package static let policyPlan = "/v1/policy/plan"
    package static let policyApply = "/v1/policy/apply"
    package static let policyHistory = "/v1/policy/history"
    package static let credentials = "/v1/credentials"
    package static let serviceAccounts = "/v1/service-accounts"
    package static let apiTokens = "/v1/api-tokens"
    package static let invitations = "/v1/invitations"
    package static let audit = "/v1/audit"
    package static let health = "/healthz"
    package static let readiness = "/readyz"

    package static func signIns(_ organization: OrganizationName) -> String {
        "\(organizations)/\(organization)/sign-ins"
    }

    package static func sessions(_ organization: OrganizationName) -> String {
        "\(organizations)/\(organization)/sessions"
    }

    package static func credential(_ name: CredentialName) -> String { "\(credentials)/\(name)" }

    package static func tokens(of account: ServiceAccountName) -> String { "\(serviceAccounts)/\(account)/tokens" }

    package static func apiToken(_ id: APITokenID) -> String { "\(apiTokens)/\(id)" }
}

/// Header names of our own.
package enum ControlHeader {
    /// On every answer: the id under which the operator's log and the audit know the request.
    package static let requestID = "Keyreeve-Request-Id"
    /// On 304 of `/v1/config`: a `SignedDocument` in compact form.
    package static let freshness = "Keyreeve-Freshness"
}
