import Cryptography
import Model
import PolicyDocuments

/// Installs the enforced form as root: reads one file, judges it by root's own trust, writes inside root's own folder.
///
/// Opens no socket, reads no home, follows no symbolic link in what it writes.
struct EnforcedInstallation: Sendable {
    private static let names = ["requirements.toml", "config.toml", "managed_config.toml"]
    private static let heading = "# Written by `keyreeve config install`"
    private static let stateName = "installed.json"

    struct State: Codable, Hashable, Sendable {
        var order: BundleOrder
        var digest: String
        var profile: ProfileName
    }

    let surroundings: Surroundings

    /// - Parameters:
    ///   - profile: Overrules the profile in the file.
    ///   - isReplacing: Whether files that Keyreeve did not write may be replaced.
    func install(_ file: InstallFile, profile: ProfileName?, isReplacing: Bool) throws -> State {
        let paths = surroundings.system
        guard surroundings.user == paths.owner else {
            throw CommandFailure("Only root installs the enforced configuration; run it with sudo.")
        }
        let own = try ownFolder(paths.keyreeveFolder, makingWithMode: nil, owner: paths.owner)
        let trust = try trustFile(in: own, owner: paths.owner)
        let installed: State? = try own.readJSON(Self.stateName)
        let expectation = BundleExpectation(
            keys: trust.keys,
            deployment: trust.deployment,
            organization: trust.organization,
            audience: trust.audience,
            form: .enforced,
            installed: installed?.order
        )
        let bundle = try BundleJudge.judge(file.configuration, by: expectation, now: surroundings.now)
        let active = try ConfigurationSync.activeProfile(in: bundle.content, chosen: profile ?? file.profile)
        let rendered = try render(bundle.content, active)
        let codex = try ownFolder(paths.codexFolder, makingWithMode: 0o755, owner: paths.owner)
        try check(codex, rendered: Set(rendered.keys), isReplacing: isReplacing)
        let state = State(order: bundle.order, digest: bundle.digest.hex, profile: active)
        // The order first: after a crash in between, an older file is refused and this one is taken again.
        try own.writeJSON(state, to: Self.stateName, isDurable: true)
        for name in Self.names {
            if let text = rendered[name] {
                try codex.replace(name, with: Array(text.utf8), mode: 0o644)
            } else if try isOurs(name, in: codex) {
                try codex.remove(name)
            }
        }
        return state
    }

    private func render(_ content: ClientConfiguration, _ profile: ProfileName) throws -> [String: String] {
        do throws(RenderingProblem) {
            return try CodexRequirements.render(content, active: profile, command: surroundings.executable)
        } catch {
            throw CommandFailure(error.message)
        }
    }

    /// Opens a folder that belongs to root and that nobody else can change, together with the folder around it.
    private func ownFolder(_ path: String, makingWithMode mode: UInt32?, owner: UInt32) throws -> Folder {
        guard let slash = path.lastIndex(of: "/") else { throw CommandFailure("\(path) is not an absolute path.") }
        let parent = try Folder.open(String(path[..<slash]), isLinkRefused: true)
        try Self.check(try parent.status(), parent.path, owner: owner)
        let name = String(path[path.index(after: slash)...])
        guard let folder = try parent.folder(name, makingWithMode: mode) else {
            throw CommandFailure("\(path) is not there; root makes it, with a trust.toml in it (see --help).")
        }
        try Self.check(try folder.status(), path, owner: owner)
        return folder
    }

    private func trustFile(in folder: Folder, owner: UInt32) throws -> TrustFile {
        let path = folder.path + "/trust.toml"
        guard let status = try folder.status(of: "trust.toml") else {
            throw CommandFailure("\(path) is not there; root writes it (see `keyreeve config install --help`).")
        }
        guard status.kind == .file else { throw CommandFailure("\(path) is not a regular file; nothing was written.") }
        try Self.check(status, path, owner: owner)
        guard let bytes = try folder.read("trust.toml"), let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("\(path) cannot be read as text; repair it and try again.")
        }
        return try TrustFile(text)
    }

    /// Before anything is written: no links, no folders, nothing of somebody else's in the way.
    private func check(_ codex: Folder, rendered: Set<String>, isReplacing: Bool) throws {
        for name in Self.names where rendered.contains(name) {
            guard let status = try codex.status(of: name) else { continue }
            guard status.kind == .file else {
                throw CommandFailure("\(codex.path)/\(name) is not a regular file; remove it and try again.")
            }
            guard try isReplacing || isOurs(name, in: codex) else {
                throw CommandFailure(
                    "\(codex.path)/\(name) was not written by keyreeve; move it away, or pass --replace to lose it."
                )
            }
        }
    }

    private func isOurs(_ name: String, in codex: Folder) throws -> Bool {
        guard try codex.status(of: name)?.kind == .file, let bytes = try codex.read(name) else { return false }
        return bytes.starts(with: Self.heading.utf8)
    }

    private static func check(_ status: FileStatus, _ path: String, owner: UInt32) throws(CommandFailure) {
        guard status.owner == owner else {
            throw CommandFailure("\(path) does not belong to root; nothing was written. Run `chown root \(path)`.")
        }
        guard status.isWrittenByOwnerOnly else {
            throw CommandFailure("\(path) can be changed by others; nothing was written. Run `chmod go-w \(path)`.")
        }
    }
}
