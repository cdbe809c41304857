import Postgres

/// What a signing key of ours is for; one key never serves two.
package enum SigningKeyPurpose: String, Sendable, CaseIterable, PostgresValue {
    /// Relay tokens.
    case relay
    /// Session assertions.
    case session
    /// Configuration bundles and freshness statements.
    case configuration
    /// Audit checkpoints.
    case checkpoint
}
