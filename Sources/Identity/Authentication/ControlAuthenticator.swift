package import Cryptography
package import Model
package import Policy

/// Who calls the control API: session assertions, operators' assertions and api tokens. A relay token, which any
/// agent on a developer's machine holds, is nobody here.
package final class ControlAuthenticator: Sendable {
    private let authenticator: TokenAuthenticator

    package init(verifier: TokenVerifier, snapshots: SnapshotHolder, apiTokenPepper: Secret) {
        authenticator = TokenAuthenticator(
            verifier: verifier,
            audiences: [.session, .control],
            takesAPITokens: true,
            snapshots: snapshots,
            apiTokenPepper: apiTokenPepper
        )
    }

    /// `now`: seconds since 1970. Fails with `invalidToken`, `expiredToken`, `revokedToken` or `storeUnavailable`.
    package func authenticate(_ token: [UInt8], now: Int64) -> Result<AuthenticatedCaller, Failure> {
        authenticator.authenticate(token, now: now)
    }
}
