import FoundationEssentials

/// The documents of one organization, collected from a folder.
struct PolicyFiles: Sendable {
    private static let largestFile = 1 << 20
    private static let largestTotal = 8 << 20

    /// Path relative to the folder → text.
    let files: [String: String]

    /// Takes every `*.toml` below the folder; what starts with a dot is nobody's policy.
    init(folder path: String) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: path) else {
            throw CommandFailure("There is no folder \(path); give the one of your organization with -f.")
        }
        var files: [String: String] = [:]
        var total = 0
        for name in names.sorted() where Self.isDocument(name) {
            guard let data = FileManager.default.contents(atPath: path + "/" + name) else { continue }
            guard data.count <= Self.largestFile else { throw CommandFailure("\(path)/\(name) is larger than 1 MiB.") }
            total += data.count
            guard total <= Self.largestTotal else { throw CommandFailure("The documents in \(path) exceed 8 MiB.") }
            guard let text = String(validating: data, as: UTF8.self) else {
                throw CommandFailure("\(path)/\(name) is not UTF-8 text; nothing was changed.")
            }
            files[name] = text
        }
        guard !files.isEmpty else {
            throw CommandFailure("There are no policy documents (*.toml) in \(path); nothing was changed.")
        }
        self.files = files
    }

    static func isDocument(_ name: String) -> Bool {
        name.hasSuffix(".toml") && !name.split(separator: "/").contains { $0.hasPrefix(".") }
    }
}
