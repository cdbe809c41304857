package import ControlAPI
package import Model

extension ControlClient {
    package func discovery(timeout: Duration = .seconds(10)) async throws(ClientError) -> Answered<Discovery> {
        try await call(.get, ControlPath.discovery, timeout: timeout)
    }

    package func readiness() async throws(ClientError) -> Readiness {
        try await call(.get, ControlPath.readiness, timeout: .seconds(10)).value
    }

    package func beginSignIn(_ organization: OrganizationName) async throws(ClientError) -> SignInAnswer {
        try await call(.post, ControlPath.signIns(organization), body: Array("{}".utf8)).value
    }

    /// - Parameter organization: nil for a platform operator.
    package func openSession(
        _ request: SessionRequest,
        in organization: OrganizationName?
    ) async throws(ClientError) -> Answered<SessionAnswer> {
        let path = organization.map { ControlPath.sessions($0) } ?? ControlPath.operatorSessions
        return try await call(.post, path, body: encoded(request))
    }

    package func refresh(
        _ refreshToken: String,
        timeout: Duration
    ) async throws(ClientError) -> Answered<SessionAnswer> {
        let body = try encoded(RefreshRequest(refreshToken: refreshToken))
        return try await call(.post, ControlPath.refresh, body: body, timeout: timeout)
    }

    package func relayToken(
        for profile: ProfileName?,
        bearer: String,
        timeout: Duration
    ) async throws(ClientError) -> Answered<RelayTokenAnswer> {
        let body = try encoded(RelayTokenRequest(profile: profile))
        return try await call(.post, ControlPath.relayTokens, bearer: bearer, body: body, timeout: timeout)
    }

    package func endSession(bearer: String) async throws(ClientError) {
        _ = try await send(.delete, ControlPath.session, bearer: bearer, timeout: .seconds(5))
    }

    package func whoami(bearer: String) async throws(ClientError) -> Whoami {
        try await call(.get, ControlPath.whoami, bearer: bearer).value
    }

    package func profiles(bearer: String) async throws(ClientError) -> ProfileList {
        try await call(.get, ControlPath.profiles, bearer: bearer).value
    }

    package func models(profile: ProfileName?, bearer: String) async throws(ClientError) -> ModelList {
        let query = [("profile", profile?.description)]
        return try await call(.get, ControlPath.models, query: query, bearer: bearer).value
    }
}
