import Audit
import Credentials
import Cryptography
import Foundation
import Identity
import Logging
import Model
import Policy
import PolicyDocuments
import Postgres
import Store

/// What both listeners stand on, opened and checked in the order that refuses soonest: root key, schema, canary,
/// signing keys, journal.
struct Groundwork: Sendable {
    let settings: Settings
    let logger: Logger
    let arena: SecretArena
    let sealer: Sealer
    let database: Database
    let deployment: Deployment
    let publicKeys: [StoredPublicKey]
    let snapshots: SnapshotHolder
    let refresher: SnapshotRefresher
    let journal: Journal
    let egress: EgressRules

    /// - Parameter mode: What the deployment must have been made as; `serve` refuses one that `dev` made.
    static func lay(
        _ settings: Settings,
        mode: Deployment.Mode,
        arena: SecretArena,
        egress: EgressRules,
        logger: Logger
    ) async throws -> Groundwork {
        let rootKey = try await RootKeyStore(settings, arena: arena).load()
        let sealer = Sealer(rootKey: rootKey, arena: arena)
        let database = Database { settings.database.conninfo(role: $0) }
        do {
            return try await lay(settings, mode, arena, sealer, database, egress, logger)
        } catch {
            await database.close()
            throw error
        }
    }

    private static func lay(
        _ settings: Settings,
        _ mode: Deployment.Mode,
        _ arena: SecretArena,
        _ sealer: Sealer,
        _ database: Database,
        _ egress: EgressRules,
        _ logger: Logger
    ) async throws -> Groundwork {
        try await database.app.withSession { session in
            try await MigrationRunner.check(session, directory: settings.migrationsDirectory)
        }
        let deployments = DeploymentRepository(app: database.app)
        guard let deployment = try await deployments.load() else {
            throw StartError("this database has no deployment yet; run `keyreeved init`")
        }
        guard deployment.mode == mode else {
            throw StartError("this database was made by `keyreeved dev`; `serve` needs one of its own")
        }
        do {
            try await deployments.verify(sealer)
        } catch is SealError {
            throw StartError(
                "\(RootKeyStore(settings, arena: arena).place) holds another root key than this deployment's; "
                    + "restore the right one from its recovery form"
            )
        }
        let signingKeys = SigningKeyRepository(app: database.app, sealer: sealer)
        let publicKeys = try await signingKeys.publicKeys()
        let snapshots = SnapshotHolder()
        let repository = SnapshotRepository(snapshot: database.snapshot, compile: compiler(egress))
        let refresher = SnapshotRefresher(repository: repository, holder: snapshots, logger: logger)
        try await refresher.refresh()
        let journal = try Journal.open(directory: settings.dataDirectory + "/journal")
        return Groundwork(
            settings: settings,
            logger: logger,
            arena: arena,
            sealer: sealer,
            database: database,
            deployment: deployment,
            publicKeys: publicKeys,
            snapshots: snapshots,
            refresher: refresher,
            journal: journal,
            egress: egress
        )
    }

    /// Stored documents were checked when they were applied; one that no longer compiles leaves the last good snapshot.
    private static func compiler(_ egress: EgressRules) -> PolicyCompiler {
        { documents in
            guard let policy = PolicyLoader.load(files: documents, egress: egress).policy else {
                throw Failure.invalidDocument
            }
            return policy
        }
    }

    func keys(for purpose: SigningKeyPurpose) -> [Ed25519PublicKey] {
        publicKeys.filter { $0.purpose == purpose }.map(\.key)
    }

    var verifier: TokenVerifier {
        TokenVerifier(
            deployment: deployment.id,
            keys: [.relay: keys(for: .relay), .session: keys(for: .session), .control: keys(for: .session)]
        )
    }
}

extension Settings.Database {
    /// The connection string for one role. libpq takes the last word, so the role stands last.
    func conninfo(role: DatabaseRole) -> String {
        conninfo(url, role: role)
    }

    /// The connection string of the migrations, which may go another way.
    var migrateConninfo: String { conninfo(migrateURL ?? url, role: .migrate) }

    private func conninfo(_ base: String, role: DatabaseRole) -> String {
        guard let password else { return base + " user=\(role.rawValue)" }
        let quoted = password.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return base + " user=\(role.rawValue) password='\(quoted)'"
    }
}

/// Why the server does not start: a sentence that says what to do.
struct StartError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
