package import Cryptography
package import Identity
package import Model

/// What the control API signs with, and what it believes. Only a server with the control role holds one.
package struct ControlKeys: Sendable {
    let relayTokens: TokenIssuer
    let sessionAssertions: TokenIssuer
    let operatorAssertions: TokenIssuer
    let configuration: Ed25519SigningKey
    let verifier: TokenVerifier
    let apiTokenPepper: Secret

    /// - Parameters:
    ///   - session: Signs the assertions of people and, for another audience, of operators.
    ///   - verifier: Believes the session keys for the audiences `session` and `control`.
    ///   - apiTokenPepper: `sealer.purposeKey("api-token-pepper")`, the same that the relay has.
    package init(
        deployment: DeploymentID,
        relay: Ed25519SigningKey,
        session: Ed25519SigningKey,
        configuration: Ed25519SigningKey,
        verifier: TokenVerifier,
        apiTokenPepper: Secret
    ) {
        relayTokens = TokenIssuer(key: relay, audience: .relay, deployment: deployment)
        sessionAssertions = TokenIssuer(key: session, audience: .session, deployment: deployment)
        operatorAssertions = TokenIssuer(key: session, audience: .control, deployment: deployment)
        self.configuration = configuration
        self.verifier = verifier
        self.apiTokenPepper = apiTokenPepper
    }

    var deployment: DeploymentID { relayTokens.deployment }
}
