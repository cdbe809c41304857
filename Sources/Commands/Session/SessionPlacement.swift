import ControlAPI
import ControlClient
import Model

/// Finds the storage of a session, and chooses one for a new session by policy's store mode.
struct SessionPlacement: Sendable {
    let surroundings: Surroundings
    let account: AccountFolder

    func storage(at place: SessionPlace) throws -> any SessionStorage {
        switch place {
        case .keyring: VaultSessionStorage(vault: surroundings.vault, name: account.vaultName)
        case .file: FileSessionStorage(folder: account.folder, user: surroundings.user)
        case .memory: FileSessionStorage(folder: try memoryFolder(), user: surroundings.user)
        }
    }

    /// Puts a new session where policy wants it.
    ///
    /// `auto` falls back to a file where there is no keyring, never where there is a locked one: the person has a
    /// place for secrets and only needs to open it.
    func place(_ record: SessionRecord, mode: SessionStore) async throws -> SessionPlace {
        switch mode {
        case .file: return try await place(record, at: .file)
        case .ephemeral: return try await place(record, at: .memory)
        case .keyring: return try await place(record, at: .keyring)
        case .auto:
            switch await surroundings.vault.store(try record.bytes(), as: account.vaultName) {
            case .found: return .keyring
            case .locked: throw VaultSessionStorage.locked
            case .missing, .unavailable: return try await place(record, at: .file)
            }
        }
    }

    private func place(_ record: SessionRecord, at place: SessionPlace) async throws -> SessionPlace {
        try await storage(at: place).save(record)
        return place
    }

    private func memoryFolder() throws -> Folder {
        guard let path = surroundings.absolutePath("XDG_RUNTIME_DIR"), let runtime = try? Folder.open(path),
            MountTable.current().isInMemory(path)
        else {
            throw CommandFailure(
                "Policy keeps sessions in memory only, and this login has no XDG_RUNTIME_DIR in memory; ask your admin."
            )
        }
        try StateRoot.check(runtime, user: surroundings.user)
        let organization = account.organization?.text ?? "@operator"
        let keyreeve = try runtime.folder("keyreeve", makingWithMode: 0o700)
        let server = try keyreeve?.folder(account.address.folderName, makingWithMode: 0o700)
        guard let folder = try server?.folder(organization, makingWithMode: 0o700) else {
            throw CommandFailure("\(path)/keyreeve cannot be made.")
        }
        return folder
    }
}
