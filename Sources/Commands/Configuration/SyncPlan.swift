import PolicyDocuments

/// What writing a configuration does to the files of a Codex home, decided from texts alone.
struct SyncPlan: Hashable, Sendable {
    enum Change: Hashable, Sendable {
        case write(String)
        case delete
    }

    /// By file name; files that stay as they are do not appear.
    let changes: [String: Change]
    /// Every file that holds our blocks afterwards, sorted.
    let managed: [String]

    /// - Parameters:
    ///   - rendered: What shall be in force, by file name; empty to take everything out.
    ///   - existing: The texts of the files that are there, by name.
    ///   - managedBefore: The files that an earlier sync wrote.
    /// - Throws: A sentence that names the file; then nothing may be written.
    init(
        rendered: [String: RenderedFile],
        existing: [String: String],
        managedBefore: [String]
    ) throws(CommandFailure) {
        var changes: [String: Change] = [:]
        for (name, file) in rendered.sorted(by: { $0.key < $1.key }) {
            let merged = try Self.editing(name) { () throws(ConfigurationFileEditor.Problem) in
                try ConfigurationFileEditor.merge(file, into: existing[name])
            }
            if merged != existing[name] { changes[name] = .write(merged) }
        }
        for name in Set(managedBefore).subtracting(rendered.keys).sorted() {
            guard let text = existing[name] else { continue }
            let restored = try Self.editing(name) { () throws(ConfigurationFileEditor.Problem) in
                try ConfigurationFileEditor.restore(text)
            }
            if restored.wasCreatedByUs, restored.text.isEmpty {
                changes[name] = .delete
            } else if restored.text != text {
                changes[name] = .write(restored.text)
            }
        }
        self.changes = changes
        managed = rendered.keys.sorted()
    }

    private static func editing<Result>(
        _ name: String,
        _ edit: () throws(ConfigurationFileEditor.Problem) -> Result
    ) throws(CommandFailure) -> Result {
        do throws(ConfigurationFileEditor.Problem) {
            return try edit()
        } catch {
            let place = error.line.map { "\(name):\($0)" } ?? name
            throw CommandFailure("\(place): \(error.message); nothing was written.")
        }
    }
}
