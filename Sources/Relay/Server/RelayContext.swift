import Audit
import Credentials
import Logging
package import Model
import NIOSSL
import Policy

/// Who calls: a token's bytes to a principal. `Identity` has the real one.
package protocol RelayAuthenticating: Sendable {
    /// `now`: seconds since 1970.
    func authenticate(tokenBytes: [UInt8], now: Int64) -> Result<Principal, Failure>
}

/// What all event loops share; immutable, or safe to share by itself.
struct RelayContext: Sendable {
    let settings: RelaySettings
    let snapshots: SnapshotHolder
    let authenticator: any RelayAuthenticating
    let credentials: CredentialCache
    let audit: AuditLog
    let catalog: @Sendable (EffectiveConfiguration, ProviderDefinition) -> [UInt8]
    let upstreamTLS: UpstreamTLS
    /// Nil for a listener without TLS.
    let certificate: ListenerCertificate?
    let connections: ConnectionCount
    let held: ByteBudget
    let strangers: StrangerTally
    let logger: Logger
}
