import Cryptography
import Keyring
import Synchronization

/// What a keyring says; four answers that mean four different things.
package enum VaultAnswer: Hashable, Sendable {
    case found([UInt8])
    case missing
    case locked
    case unavailable(String)
}

/// One session in a keyring, named by server and organization.
package struct VaultName: Hashable, Sendable {
    package let server: String
    /// Empty for a platform operator.
    package let organization: String

    package init(server: String, organization: String) {
        self.server = server
        self.organization = organization
    }
}

/// Keeps sessions out of files.
package protocol Vault: Sendable {
    func lookup(_ name: VaultName) async -> VaultAnswer
    /// Answers `found` with what was stored.
    func store(_ bytes: [UInt8], as name: VaultName) async -> VaultAnswer
    /// Answers `missing` once it is gone.
    func clear(_ name: VaultName) async -> VaultAnswer
}

/// The Secret Service of the person's desktop.
final class SecretServiceVault: Vault {
    private struct Opened: Sendable {
        let arena: SecretArena
        let keyring: Keyring
    }

    // Made with the first call: a command that needs no keyring starts no thread for one.
    private let opened = Mutex<Opened?>(nil)

    func lookup(_ name: VaultName) async -> VaultAnswer {
        guard let opened = open() else { return Self.noMemory }
        return Self.answer(await opened.keyring.lookup(Self.item(name)))
    }

    func store(_ bytes: [UInt8], as name: VaultName) async -> VaultAnswer {
        guard let opened = open(), let secret = try? opened.arena.store(bytes) else { return Self.noMemory }
        return Self.answer(await opened.keyring.store(secret, as: Self.item(name)))
    }

    func clear(_ name: VaultName) async -> VaultAnswer {
        guard let opened = open() else { return Self.noMemory }
        return Self.answer(await opened.keyring.clear(Self.item(name)))
    }

    private static let noMemory = VaultAnswer.unavailable("there is no memory for secrets")

    private func open() -> Opened? {
        opened.withLock { opened in
            if let opened { return opened }
            // The whole of `keyreeve token` has three seconds; two calls and a network must fit.
            guard let arena = try? SecretArena.make(capacity: 1 << 17, lockPolicy: .warn) else { return nil }
            let new = Opened(arena: arena, keyring: Keyring(arena: arena, deadline: .milliseconds(1_200)))
            opened = new
            return new
        }
    }

    private static func item(_ name: VaultName) -> KeyringItem {
        let place = name.organization.isEmpty ? "operator" : name.organization
        let attributes = ["server": name.server, "organization": name.organization]
        return KeyringItem(attributes: attributes, label: "Keyreeve session: \(place) at \(name.server)")
    }

    private static func answer(_ answer: KeyringAnswer) -> VaultAnswer {
        switch answer {
        case .found(let secret): .found(secret.copyOfBytes())
        case .missing: .missing
        case .locked: .locked
        case .unavailable(let reason): .unavailable(reason)
        }
    }
}
