package import Credentials
package import Cryptography
package import FoundationEssentials
import Model
package import Postgres

/// A signing key of ours that may sign.
package struct StoredSigningKey: Sendable {
    package let id: UUID
    package let key: Ed25519SigningKey
}

/// A signing key of ours, its public half.
package struct StoredPublicKey: Hashable, Sendable {
    package enum State: String, Sendable, PostgresValue {
        /// Signs, and is believed.
        case active
        /// Signs no more, and is still believed.
        case retiring
        case retired
    }

    package let id: UUID
    package let purpose: SigningKeyPurpose
    package let state: State
    package let key: Ed25519PublicKey
}

/// Our own signing keys, sealed under the root key. Each part of the server opens only the purposes that it signs for.
package struct SigningKeyRepository: Sendable {
    private let app: PostgresPool
    private let sealer: Sealer

    package init(app: PostgresPool, sealer: Sealer) {
        self.app = app
        self.sealer = sealer
    }

    /// Every key that is still believed, newest first.
    package func publicKeys() async throws -> [StoredPublicKey] {
        let rows = try await app.withSession { session in
            try await session.query(
                """
                SELECT id, purpose, state, public_key FROM signing_keys
                WHERE state <> 'retired' ORDER BY created_at DESC, id
                """
            )
        }
        return try rows.map(StoredPublicKey.init(row:))
    }

    /// Opens the active key of one purpose. `notFound` before `keyreeved init`; a `SealError` under another root key.
    package func signingKey(for purpose: SigningKeyPurpose) async throws -> StoredSigningKey {
        let rows = try await app.withSession { session in
            try await session.query(
                """
                SELECT id, public_key, wrapped_data_key, sealed_seed FROM signing_keys
                WHERE purpose = \(purpose) AND state = 'active'
                """
            )
        }
        guard let row = rows.first else { throw Failure.notFound }
        let id: UUID = try row.get("id")
        guard let sealed = SealedField(bytes: try row.get("sealed_seed")) else { throw SealError.malformed }
        let seed = try sealer.open(
            sealed,
            at: .signingKey(id, purpose),
            wrapped: try row.get("wrapped_data_key")
        )
        let key = try Ed25519SigningKey(seed: seed)
        guard key.publicKey.rawRepresentation == (try row.get("public_key", as: [UInt8].self)) else {
            throw SealError.notAuthentic
        }
        return StoredSigningKey(id: id, key: key)
    }
}

extension SealLocation {
    static func signingKey(_ id: UUID, _ purpose: SigningKeyPurpose) -> SealLocation {
        SealLocation(
            organization: nil,
            table: "signing_keys",
            row: purpose.rawValue + "/" + id.uuidString.lowercased(),
            field: "seed",
            version: 1
        )
    }
}

extension StoredPublicKey {
    init(row: Row) throws {
        id = try row.get("id")
        purpose = try row.get("purpose")
        state = try row.get("state")
        guard let key = Ed25519PublicKey(rawRepresentation: try row.get("public_key")) else {
            throw Failure.internalError
        }
        self.key = key
    }
}
