import Audit
import Credentials
import Cryptography
import Foundation
import Model
import Postgres
import Store

/// What happens once in the life of a deployment: schema, root key, signing keys, first operator.
enum Bootstrap {
    /// Applies what is missing of the schema; returns the names of what was applied.
    static func migrate(_ settings: Settings) async throws -> [String] {
        try await withMigrationSession(settings) { session in
            let applied = try await MigrationRunner.apply(session, directory: settings.migrationsDirectory)
            return applied.map(\.name)
        }
    }

    /// Throws a `MigrationError` unless the schema is exactly this program's.
    static func checkSchema(_ settings: Settings) async throws {
        let pool = PostgresPool(
            conninfo: settings.database.conninfo(role: .app),
            expectedRole: DatabaseRole.app.rawValue,
            size: 1
        )
        do {
            try await pool.withSession { session in
                try await MigrationRunner.check(session, directory: settings.migrationsDirectory)
            }
            await pool.close()
        } catch {
            await pool.close()
            throw error
        }
    }

    /// Makes the root key and the deployment under it. Returns the root key's recovery form, to be shown once.
    static func initialize(_ settings: Settings, mode: Deployment.Mode, arena: SecretArena) async throws -> Secret {
        try FileManager.default.createDirectory(
            atPath: settings.dataDirectory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let store = RootKeyStore(settings, arena: arena)
        let key = try await store.create()
        do {
            try await withMigrationSession(settings) { session in
                _ = try await DeploymentRepository.initialize(
                    session,
                    mode: mode,
                    sealer: Sealer(rootKey: key, arena: arena),
                    arena: arena
                )
            }
        } catch {
            // The key opens nothing yet; leaving it would make the next attempt refuse.
            await store.remove()
            guard let failure = error as? Failure, failure == .conflict else { throw error }
            throw StartError("this database has a deployment already; bring its root key to \(store.place)")
        }
        return try RootKeyFile.recoveryForm(of: key, in: arena)
    }

    /// A one-time code for the operator, who is made at the first call. Lasts half an hour.
    static func operatorCode(database: Database, tokens: RefreshTokens) async throws -> String {
        let people = PeopleRepository(app: database.app)
        let code = oneTimeCode()
        let user = try await people.admitLocalUser(
            Invitation(
                mail: "operator",
                displayName: "Operator",
                roles: [.platformOperator],
                expiresAt: Date() + 1800
            ),
            in: .platform
        ) { user in
            AuditRecord(
                kind: .serverInitialized,
                organization: .platform,
                fields: ["actor_kind": .string("operator"), "actor_id": .string(user.description)]
            )
        }
        let signIns = SignInRepository(app: database.app, tokens: tokens)
        let now = Date()
        try await signIns.issueCode(code, for: user.value, in: .platform, expiresAt: now + 1800, now: now)
        return code
    }

    /// 256 random bits, with a prefix that secret scanners can know.
    static func oneTimeCode() -> String {
        "krv_otc_" + Base64URL.encode(SecureRandom.bytes(32))
    }

    private static func withMigrationSession<Value: Sendable>(
        _ settings: Settings,
        _ body: (PostgresSession) async throws -> Value
    ) async throws -> Value {
        let session = try await PostgresSession.connect(settings.database.migrateConninfo)
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }
}
