/// The folder of a person's Codex: `$CODEX_HOME`, else `~/.codex`.
struct CodexHome: Sendable {
    let path: String

    init(_ surroundings: Surroundings) throws {
        path = try surroundings.absolutePath("CODEX_HOME") ?? surroundings.home() + "/.codex"
    }

    /// The texts of those of the files that are there.
    func texts(of names: some Sequence<String>) throws -> [String: String] {
        guard let folder = try existing() else { return [:] }
        var texts: [String: String] = [:]
        for name in names {
            let place = try place(of: name, in: folder)
            guard let bytes = try place.folder.read(place.name) else { continue }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandFailure("\(path)/\(name) is not UTF-8 text; repair it and try again.")
            }
            texts[name] = text
        }
        return texts
    }

    /// Carries the changes out, each file as a whole.
    func perform(_ plan: SyncPlan) throws {
        guard !plan.changes.isEmpty else { return }
        let folder = try Folder.make(path, mode: 0o700)
        for (name, change) in plan.changes.sorted(by: { $0.key < $1.key }) {
            let place = try place(of: name, in: folder)
            switch change {
            case .write(let text):
                let mode = try place.folder.status(of: place.name).map { $0.mode & 0o777 } ?? 0o600
                try place.folder.replace(place.name, with: Array(text.utf8), mode: mode)
            case .delete:
                try folder.remove(name)
            }
        }
    }

    private func existing() throws -> Folder? {
        do throws(FileProblem) {
            return try Folder.open(path)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// Where a file really is: people keep their `config.toml` elsewhere and put a link here, and replacing the link
    /// would part the two.
    private func place(of name: String, in folder: Folder) throws -> (folder: Folder, name: String) {
        guard try folder.status(of: name)?.kind == .symbolicLink else { return (folder, name) }
        guard let real = folder.resolve(name), let slash = real.lastIndex(of: "/") else {
            throw CommandFailure("\(path)/\(name) is a symbolic link to nowhere; repair it and try again.")
        }
        let parent = real[..<slash]
        return (try Folder.open(parent.isEmpty ? "/" : String(parent)), String(real[real.index(after: slash)...]))
    }
}
