import FoundationEssentials

/// A file that the person named on the command line, absolute or from the working directory.
struct OutputFile: Sendable {
    let path: String
    private let parent: String
    private let name: String

    init(_ path: String) {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        self.path = absolute
        let slash = absolute.lastIndex(of: "/") ?? absolute.startIndex
        parent = slash == absolute.startIndex ? "/" : String(absolute[..<slash])
        name = String(absolute[slash...].dropFirst())
    }

    func write(_ bytes: [UInt8], mode: UInt32) throws {
        guard !name.isEmpty, name != ".", name != ".." else {
            throw CommandFailure("\(path) is a folder; name a file.")
        }
        try Folder.open(parent).replace(name, with: bytes, mode: mode)
    }

    /// Reads it; a symbolic link as its last name is refused.
    func read(atMost limit: Int) throws -> [UInt8] {
        guard !name.isEmpty, let bytes = try Folder.open(parent).read(name, atMost: limit) else {
            throw CommandFailure("There is no file \(path).")
        }
        return bytes
    }
}
