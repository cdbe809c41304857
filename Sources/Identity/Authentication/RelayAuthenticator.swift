package import Cryptography
package import Model
package import Policy

/// Who calls the relay: relay tokens and api tokens, nothing else.
package final class RelayAuthenticator: Sendable {
    private let authenticator: TokenAuthenticator

    package init(verifier: TokenVerifier, snapshots: SnapshotHolder, apiTokenPepper: Secret) {
        authenticator = TokenAuthenticator(
            verifier: verifier,
            audiences: [.relay],
            takesAPITokens: true,
            snapshots: snapshots,
            apiTokenPepper: apiTokenPepper
        )
    }

    /// `now`: seconds since 1970. Fails with `invalidToken`, `expiredToken`, `revokedToken` or `storeUnavailable`.
    package func authenticate(tokenBytes: [UInt8], now: Int64) -> Result<Principal, Failure> {
        authenticator.authenticate(tokenBytes, now: now).map(\.principal)
    }

    /// The same, with the time at which the token ends.
    package func caller(tokenBytes: [UInt8], now: Int64) -> Result<AuthenticatedCaller, Failure> {
        authenticator.authenticate(tokenBytes, now: now)
    }
}
