package import ControlAPI
package import Model

extension ControlClient {
    package func createOrganization(
        _ request: OrganizationRequest,
        bearer: String
    ) async throws(ClientError) -> OrganizationAnswer {
        try await call(.post, ControlPath.organizations, bearer: bearer, body: encoded(request)).value
    }

    package func plan(_ files: [String: String], bearer: String) async throws(ClientError) -> PolicyPlan {
        let body = try encoded(PolicyRequest(files: files, baseVersion: nil))
        return try await call(.post, ControlPath.policyPlan, bearer: bearer, body: body).value
    }

    package func apply(
        _ files: [String: String],
        baseVersion: Int64,
        bearer: String
    ) async throws(ClientError) -> PolicyRevision {
        let body = try encoded(PolicyRequest(files: files, baseVersion: baseVersion))
        return try await call(.post, ControlPath.policyApply, bearer: bearer, body: body).value
    }

    package func credentials(bearer: String) async throws(ClientError) -> CredentialList {
        try await call(.get, ControlPath.credentials, bearer: bearer).value
    }

    /// - Parameters:
    ///   - value: 1 to `CredentialEntry.largestValue` bytes, sent as they are.
    ///   - destinations: Where it may be sent; none keeps those of the value that it replaces.
    package func setCredential(
        _ name: CredentialName,
        value: [UInt8],
        destinations: [String],
        bearer: String
    ) async throws(ClientError) -> CredentialEntry {
        let type = CredentialEntry.valueContentType
        return try await call(
            .put,
            ControlPath.credential(name),
            query: [("for", destinations.isEmpty ? nil : destinations.joined(separator: " "))],
            bearer: bearer,
            body: value,
            contentType: type
        ).value
    }

    package func createServiceAccount(
        _ request: ServiceAccountRequest,
        bearer: String
    ) async throws(ClientError) -> ServiceAccountEntry {
        try await call(.post, ControlPath.serviceAccounts, bearer: bearer, body: encoded(request)).value
    }

    package func createAPIToken(
        for account: ServiceAccountName,
        expiresInDays days: Int,
        bearer: String
    ) async throws(ClientError) -> APITokenAnswer {
        let body = try encoded(APITokenRequest(expiresInDays: days))
        return try await call(.post, ControlPath.tokens(of: account), bearer: bearer, body: body).value
    }

    package func audit(
        query: String,
        after: Int64?,
        limit: Int,
        bearer: String
    ) async throws(ClientError) -> AuditPage {
        let query: [(String, String?)] = [
            ("query", query.isEmpty ? nil : query), ("after", after.map(String.init)), ("limit", String(limit)),
        ]
        return try await call(.get, ControlPath.audit, query: query, bearer: bearer).value
    }
}
