import Cryptography
import Foundation

/// Where `keyreeved dev` keeps its data, and how that place was chosen.
///
/// `.keyreeve/` inside the checkout is best, since it goes when the checkout goes. It cannot serve where Postgres'
/// user may not enter (a clone in a 0700 home, started by root: `initdb` refuses uid 0), nor where the path is too
/// long for a Unix socket (107 bytes); then a short place named after the checkout is taken.
struct DevelopmentPlace: Sendable {
    let directory: String

    /// What the longest socket path adds to the directory: `/postgres/.s.PGSQL.5432`, and some room.
    private static let socketAllowance = 40
    private static let socketLimit = 107

    static func choose(root: String, asked: String?) throws -> DevelopmentPlace {
        if let asked { return DevelopmentPlace(directory: absolute(asked)) }
        let root = absolute(root)
        let inside = root + "/.keyreeve"
        if inside.utf8.count + socketAllowance <= socketLimit, canPostgresEnter(root) {
            return DevelopmentPlace(directory: inside)
        }
        let name = String(SHA256Hash.digest(Array(root.utf8)).hex.prefix(12))
        guard getuid() != 0 else { return DevelopmentPlace(directory: "/var/lib/keyreeve-dev/" + name) }
        return DevelopmentPlace(directory: "/tmp/keyreeve-dev-\(getuid())-\(name)")
    }

    /// Forgets the data of earlier starts. Refuses a directory that does not look like ours.
    func empty() throws {
        let files = FileManager.default
        guard files.fileExists(atPath: directory) else { return }
        let ours: Set = ["postgres", "journal", "root.key", "echo-provider.sha256", "lock"]
        let strangers = try files.contentsOfDirectory(atPath: directory).filter { !ours.contains($0) }
        guard strangers.isEmpty else {
            throw DevelopmentError(
                "\(directory) holds \(strangers.sorted().joined(separator: ", ")), which is not ours: "
                    + "remove it yourself, or give another --data"
            )
        }
        try files.removeItem(atPath: directory)
    }

    func make() throws {
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: getuid() == 0 ? 0o711 : 0o700]
        )
    }

    /// Root starts Postgres as user `postgres`, who must be able to pass through every parent directory.
    private static func canPostgresEnter(_ path: String) -> Bool {
        guard getuid() == 0 else { return true }
        var parent = path
        while parent != "/", !parent.isEmpty {
            let attributes = try? FileManager.default.attributesOfItem(atPath: parent)
            let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
            guard mode & 0o001 != 0 else { return false }
            parent = (parent as NSString).deletingLastPathComponent
        }
        return true
    }

    private static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }
}

/// Why `keyreeved dev` cannot start: a sentence that says what to do.
struct DevelopmentError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
