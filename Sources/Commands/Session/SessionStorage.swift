/// Where one session's secrets are; each write replaces the whole.
protocol SessionStorage: Sendable {
    /// Nil if there is none.
    func load() async throws -> SessionRecord?
    /// Returns once it would survive a crash.
    func save(_ record: SessionRecord) async throws
    func clear() async throws
}

/// A 0600 file in a 0700 folder. Only the holder of the session's lock writes it.
struct FileSessionStorage: SessionStorage {
    static let name = "session.json"

    let folder: Folder
    let user: UInt32

    func load() async throws -> SessionRecord? {
        guard let status = try folder.status(of: Self.name) else { return nil }
        guard status.kind == .file, status.owner == user, status.mode & 0o077 == 0 else {
            throw CommandFailure("\(folder.path)/\(Self.name) is open to others; remove it and run `keyreeve login`.")
        }
        guard var bytes = try folder.read(Self.name) else { return nil }
        defer { bytes.removeAll() }
        guard let record = SessionRecord(bytes: bytes) else {
            throw CommandFailure("\(folder.path)/\(Self.name) is damaged; run `keyreeve login` again.")
        }
        return record
    }

    func save(_ record: SessionRecord) async throws {
        try folder.replace(Self.name, with: record.bytes(), mode: 0o600, temporaryName: ".session.json.new")
    }

    func clear() async throws {
        try folder.remove(".session.json.new")
        try folder.remove(Self.name)
    }
}

/// An item in the person's keyring.
struct VaultSessionStorage: SessionStorage {
    let vault: any Vault
    let name: VaultName

    func load() async throws -> SessionRecord? {
        switch await vault.lookup(name) {
        case .found(let bytes):
            guard let record = SessionRecord(bytes: bytes) else {
                throw CommandFailure("The session in your keyring is damaged; run `keyreeve login` again.")
            }
            return record
        case .missing: return nil
        case .locked: throw Self.locked
        case .unavailable(let reason): throw Self.unavailable(reason)
        }
    }

    func save(_ record: SessionRecord) async throws {
        switch await vault.store(try record.bytes(), as: name) {
        case .found: return
        case .locked: throw Self.locked
        case .missing: throw Self.unavailable("it did not keep the session")
        case .unavailable(let reason): throw Self.unavailable(reason)
        }
    }

    func clear() async throws {
        switch await vault.clear(name) {
        case .found, .missing: return
        case .locked: throw Self.locked
        case .unavailable(let reason): throw Self.unavailable(reason)
        }
    }

    static let locked = CommandFailure("Your keyring is locked. Unlock it and try again.")

    static func unavailable(_ reason: String) -> CommandFailure {
        CommandFailure("Your keyring cannot be used (\(reason)). Start it and try again.")
    }
}
