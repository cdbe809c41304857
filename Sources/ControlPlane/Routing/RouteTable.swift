import Audit
import Model

/// Every route there is. What does not stand here is not found, and what stands here without a reason to be open is
/// guarded: requests reach handlers through this table and in no other way.
package enum RouteTable {
    package static let routes: [Route] = open + session + developer + administration + policy + audit

    private static let open: [Route] = [
        Route(.get, "/healthz", .open(.health)),
        Route(.get, "/readyz", .open(.readiness)),
        Route(.get, "/v1/discovery", .open(.discover)),
        Route(
            .post,
            "/v1/organizations/{organization}/sign-ins",
            .open(.beginSignIn),
            bodyLimit: 4096,
            isRateLimited: true
        ),
        Route(
            .post,
            "/v1/organizations/{organization}/sessions",
            .open(.openSession),
            bodyLimit: 32_768,
            isRateLimited: true,
            records: .sessionCreated
        ),
        Route(
            .post,
            "/v1/operator/sessions",
            .open(.openOperatorSession),
            bodyLimit: 4096,
            isRateLimited: true,
            records: .sessionCreated
        ),
        Route(
            .post,
            "/v1/sessions/refresh",
            .open(.refreshSession),
            bodyLimit: 4096,
            isRateLimited: true,
            records: .sessionRefreshed
        ),
    ]

    private static let session: [Route] = [
        Route(.delete, "/v1/session", .guarded(.endSession, .anySession), records: .sessionEnded),
        Route(.get, "/v1/whoami", .guarded(.whoami, .anyCaller)),
    ]

    private static let developer: [Route] = [
        Route(
            .post,
            "/v1/relay-tokens",
            .guarded(.exchangeToken, .anyMember),
            bodyLimit: 4096,
            records: .tokenExchanged
        ),
        Route(.get, "/v1/profiles", .guarded(.listProfiles, .anyMember)),
        Route(.get, "/v1/config", .guarded(.fetchConfiguration, .anyMember), records: .configurationFetched),
        Route(.get, "/v1/models", .guarded(.listModels, .anyMember)),
    ]

    private static let administration: [Route] = [
        Route(
            .post,
            "/v1/organizations",
            .guarded(.createOrganization, .platformOperator),
            records: .organizationCreated
        ),
        Route(.post, "/v1/invitations", .guarded(.invite, .roles([.organizationAdmin])), records: .userInvited),
        Route(.get, "/v1/credentials", .guarded(.listCredentials, .roles([.organizationAdmin, .policyAuthor]))),
        Route(
            .put,
            "/v1/credentials/{name}",
            .guarded(.setCredential, .roles([.organizationAdmin])),
            bodyLimit: 65_536,
            records: .credentialSet
        ),
        Route(
            .delete,
            "/v1/credentials/{name}",
            .guarded(.deleteCredential, .roles([.organizationAdmin])),
            records: .credentialDeleted
        ),
        Route(.get, "/v1/service-accounts", .guarded(.listServiceAccounts, .roles([.organizationAdmin]))),
        Route(
            .post,
            "/v1/service-accounts",
            .guarded(.createServiceAccount, .roles([.organizationAdmin])),
            records: .serviceAccountCreated
        ),
        Route(.get, "/v1/service-accounts/{name}/tokens", .guarded(.listAPITokens, .roles([.organizationAdmin]))),
        Route(
            .post,
            "/v1/service-accounts/{name}/tokens",
            .guarded(.createAPIToken, .roles([.organizationAdmin])),
            records: .apiTokenCreated
        ),
        Route(
            .delete,
            "/v1/api-tokens/{id}",
            .guarded(.revokeAPIToken, .roles([.organizationAdmin])),
            records: .apiTokenRevoked
        ),
    ]

    private static let policy: [Route] = [
        Route(.post, "/v1/policy/plan", .guarded(.planPolicy, .roles([.policyAuthor])), bodyLimit: 4 << 20),
        Route(
            .post,
            "/v1/policy/apply",
            .guarded(.applyPolicy, .roles([.policyAuthor])),
            bodyLimit: 4 << 20,
            records: .policyApplied
        ),
        Route(
            .get,
            "/v1/policy/history",
            .guarded(.listRevisions, .roles([.organizationAdmin, .policyAuthor, .approver, .auditor]))
        ),
    ]

    private static let audit: [Route] = [
        Route(.get, "/v1/audit", .guarded(.queryAudit, .roles([.auditor])))
    ]
}

extension RouteTable {
    package enum Match: Sendable {
        case route(Route, [String: String])
        /// The path exists, for these methods.
        case otherMethod([Route.Method])
        case none
    }

    package static func match(method: String, path: String) -> Match {
        var others: [Route.Method] = []
        for route in routes {
            guard let values = route.path.match(path) else { continue }
            if route.method.rawValue == method { return .route(route, values) }
            others.append(route.method)
        }
        return others.isEmpty ? .none : .otherMethod(others)
    }
}
