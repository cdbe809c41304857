import Credentials
import Cryptography
import Foundation
import Keyring

/// The root key where the settings keep it: in a file of its own, or in the Secret Service.
///
/// Every failure is a `StartError` for the operator. A keyring that is locked, gone, or without the key is told apart,
/// since each needs something else done; nobody is ever asked to unlock it from here.
struct RootKeyStore: Sendable {
    private let settings: Settings
    private let arena: SecretArena

    init(_ settings: Settings, arena: SecretArena) {
        self.settings = settings
        self.arena = arena
    }

    /// Where it is, for people.
    var place: String {
        switch settings.rootKeyPlace {
        case .file: settings.rootKeyFile
        case .keyring: "the keyring (for \(directory))"
        }
    }

    /// Makes a fresh key; refuses where there is one.
    func create() async throws -> Secret {
        switch settings.rootKeyPlace {
        case .file:
            guard !FileManager.default.fileExists(atPath: settings.rootKeyFile) else { throw exists }
            return try translating { () throws(RootKeyError) in
                try RootKeyFile.create(at: settings.rootKeyFile, in: arena)
            }
        case .keyring:
            guard try Self.secret(await keyring.lookup(item)) == nil else { throw exists }
            let key = try SecureRandom.secret(RootKeyFile.keyCount, in: arena)
            guard try Self.secret(await keyring.store(key, as: item)) != nil else {
                throw Self.unavailable("it did not keep the key")
            }
            return key
        }
    }

    func load() async throws -> Secret {
        switch settings.rootKeyPlace {
        case .file:
            return try translating { () throws(RootKeyError) in
                try RootKeyFile.load(at: settings.rootKeyFile, in: arena)
            }
        case .keyring:
            guard let key = try Self.secret(await keyring.lookup(item)) else {
                throw StartError(
                    "The keyring holds no root key for \(directory); run as the user who ran `keyreeved init`, or "
                        + "restore it from its recovery form"
                )
            }
            guard key.count == RootKeyFile.keyCount else {
                throw StartError("What \(place) holds is no root key; restore it from its recovery form")
            }
            return key
        }
    }

    /// Takes back what `create` made.
    func remove() async {
        switch settings.rootKeyPlace {
        case .file: try? FileManager.default.removeItem(atPath: settings.rootKeyFile)
        case .keyring: _ = await keyring.clear(item)
        }
    }

    private var exists: StartError { StartError("\(place) has a root key; this server was initialized before") }

    /// Nil where there is none, for sure.
    private static func secret(_ answer: KeyringAnswer) throws(StartError) -> Secret? {
        switch answer {
        case .found(let secret): secret
        case .missing: nil
        case .locked: throw StartError("The keyring is locked; unlock it, then start again")
        case .unavailable(let reason): throw unavailable(reason)
        }
    }

    private static func unavailable(_ reason: String) -> StartError {
        StartError("The keyring cannot be used (\(reason)); start one for this user, or keep the root key in a file")
    }

    private var keyring: Keyring { Keyring(arena: arena) }

    /// A machine may run more than one server; each has a data directory of its own.
    private var item: KeyringItem {
        KeyringItem(
            schema: "org.keyreeve.RootKey",
            attributes: ["directory": directory],
            label: "Keyreeve root key for \(directory)"
        )
    }

    private var directory: String { URL(fileURLWithPath: settings.dataDirectory).standardizedFileURL.path }

    private func translating(_ body: () throws(RootKeyError) -> Secret) throws(StartError) -> Secret {
        do {
            return try body()
        } catch {
            throw StartError(error.sentence)
        }
    }
}
