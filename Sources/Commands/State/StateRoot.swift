import ControlClient
import Model

/// The server and organization that a command means when it names none.
struct Selection: Codable, Hashable, Sendable {
    var server: String
    /// Nil for a platform operator.
    var organization: OrganizationName?
}

/// What this person's `keyreeve` remembers: `$XDG_STATE_HOME/keyreeve`, open to nobody else.
///
/// ```
/// current.json                        the selection
/// https_keyreeve.example.com_443/
///     server.json                     deployment, pinned configuration key
///     acme/ or @operator/             one account each, see `AccountFolder`
/// ```
struct StateRoot: Sendable {
    let folder: Folder

    /// Opens it; nil if there is none yet and none shall be made.
    static func open(in surroundings: Surroundings, making: Bool) throws -> StateRoot? {
        let base = try surroundings.absolutePath("XDG_STATE_HOME") ?? surroundings.home() + "/.local/state"
        guard making else {
            guard let outer = try? Folder.open(base), let folder = try outer.folder("keyreeve") else { return nil }
            try check(folder, user: surroundings.user)
            return StateRoot(folder: folder)
        }
        guard let folder = try Folder.make(base, mode: 0o700).folder("keyreeve", makingWithMode: 0o700) else {
            throw CommandFailure("\(base)/keyreeve cannot be made.")
        }
        try check(folder, user: surroundings.user)
        return StateRoot(folder: folder)
    }

    /// A folder of secrets that others can enter is worse than none.
    static func check(_ folder: Folder, user: UInt32) throws {
        let status = try folder.status()
        guard status.owner == user else {
            throw CommandFailure("\(folder.path) belongs to another user; run keyreeve as yourself, without sudo.")
        }
        guard status.mode & 0o077 == 0 else {
            throw CommandFailure("\(folder.path) is open to others; run `chmod 700 \(folder.path)` and try again.")
        }
    }

    func selection() throws -> Selection? { try folder.readJSON("current.json") }

    func select(_ selection: Selection) throws { try folder.writeJSON(selection, to: "current.json") }

    func server(_ address: ServerAddress, making: Bool) throws -> ServerFolder? {
        try folder.folder(address.folderName, makingWithMode: making ? 0o700 : nil)
            .map { ServerFolder(folder: $0, address: address) }
    }
}
