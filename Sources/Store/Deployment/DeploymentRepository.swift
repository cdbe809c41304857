package import Credentials
package import Cryptography
import FoundationEssentials
package import Model
package import Postgres

/// The installation itself: made once by `init`, checked at every start.
package struct DeploymentRepository: Sendable {
    private let app: PostgresPool

    package init(app: PostgresPool) { self.app = app }

    /// Nil before `keyreeved init`.
    package func load() async throws -> Deployment? {
        let rows = try await app.withSession { session in
            try await session.query("SELECT id, mode, created_at FROM deployments")
        }
        return try rows.first.map { row in
            Deployment(id: try row.get("id"), mode: try row.get("mode"), createdAt: try row.get("created_at"))
        }
    }

    /// Opens the canary. A `SealError` says that this root key is not the deployment's; `notFound`, that there is none.
    package func verify(_ sealer: Sealer) async throws {
        let rows = try await app.withSession { session in
            try await session.query("SELECT id, wrapped_data_key, canary FROM deployments")
        }
        guard let row = rows.first else { throw Failure.notFound }
        guard let canary = SealedField(bytes: try row.get("canary")) else { throw SealError.malformed }
        let opened = try sealer.open(
            canary,
            at: .canary(of: try row.get("id")),
            wrapped: try row.get("wrapped_data_key")
        )
        let isOurs = opened.withBytes { bytes in bytes.byteCount == Self.canary.count }
        guard isOurs else { throw SealError.notAuthentic }
    }

    static let canary = Array("the root key of this deployment".utf8)

    /// Makes the deployment and a signing key for each purpose. `session` belongs to keyreeve_migrate: no other role may
    /// write these tables. `conflict` when a deployment is there already.
    package static func initialize(
        _ session: PostgresSession,
        mode: Deployment.Mode,
        sealer: Sealer,
        arena: SecretArena
    ) async throws -> DeploymentID {
        try await session.transaction(synchronousCommit: .on) { session in
            try await session.execute("SET LOCAL ROLE keyreeve_owner")
            // Two that start at once: the second waits here, and then finds the first one's row.
            try await session.execute("LOCK TABLE deployments IN EXCLUSIVE MODE")
            guard try await session.query("SELECT 1 FROM deployments").isEmpty else { throw Failure.conflict }
            let id = DeploymentID.random()
            let (keyID, wrapped) = try sealer.newDataKey(for: nil)
            let sealed = try sealer.seal(canary, at: .canary(of: id), dataKey: keyID, wrapped: wrapped)
            try await session.execute(
                """
                INSERT INTO deployments (id, mode, wrapped_data_key, canary)
                VALUES (\(id), \(mode), \(wrapped), \(sealed.bytes))
                """
            )
            for purpose in SigningKeyPurpose.allCases {
                try await session.execute(try insertion(of: purpose, sealer: sealer, arena: arena))
            }
            return id
        }
    }

    private static func insertion(
        of purpose: SigningKeyPurpose,
        sealer: Sealer,
        arena: SecretArena
    ) throws -> SQL {
        let id = UUID()
        let seed = try Ed25519SigningKey.generateSeed(in: arena)
        let publicKey = try Ed25519SigningKey(seed: seed).publicKey
        let (keyID, wrapped) = try sealer.newDataKey(for: nil)
        let sealed = try sealer.seal(seed, at: .signingKey(id, purpose), dataKey: keyID, wrapped: wrapped)
        return """
            INSERT INTO signing_keys (id, purpose, state, public_key, wrapped_data_key, sealed_seed)
            VALUES (\(id), \(purpose), 'active', \(publicKey.rawRepresentation), \(wrapped), \(sealed.bytes))
            """
    }
}

extension SealLocation {
    fileprivate static func canary(of deployment: DeploymentID) -> SealLocation {
        SealLocation(
            organization: nil,
            table: "deployments",
            row: deployment.description,
            field: "canary",
            version: 1
        )
    }
}
