import Foundation
import Testing

/// Compares with a file of `Golden/`; `KEYREEVE_WRITE_GOLDEN=1 swift test` writes what is there instead.
enum GoldenFile {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    static func expect(_ name: String, _ text: String, _ location: SourceLocation = #_sourceLocation) throws {
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["KEYREEVE_WRITE_GOLDEN"] != nil {
            try Data(text.utf8).write(to: file)
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(text == golden, "\(name) differs from its golden file", sourceLocation: location)
    }
}

/// The policy folders of the repository.
enum PolicyFolder {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "policies")

    /// Path within the folder → text.
    static func documents(_ name: String) throws -> [String: String] {
        let folder = root.appending(path: name)
        var documents: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where path.hasSuffix(".toml") {
            documents[path] = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        }
        return documents
    }
}
