package import Cryptography
import FoundationEssentials

/// One file of `migrations/`: `0001_foundation.sql`.
package struct Migration: Hashable, Sendable {
    package let version: Int64
    package let name: String
    package let text: String
    package let checksum: Digest

    /// Nil unless the file name is four digits, `_`, a name of a-z, 0-9 and `_`, and `.sql`.
    init?(fileName: String, text: String) {
        guard fileName.hasSuffix(".sql") else { return nil }
        let stem = fileName.dropLast(4)
        let digits = stem.prefix(4)
        let name = stem.dropFirst(5)
        guard digits.utf8.count == 4, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let version = Int64(digits), stem.dropFirst(4).first == "_", !name.isEmpty,
            name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 95 })
        else { return nil }
        self.version = version
        self.name = String(name)
        self.text = text
        checksum = SHA256Hash.digest(Array(text.utf8))
    }

    /// Reads a directory of migrations, in order.
    ///
    /// - Throws: `MigrationError` for a file with another name, or a gap in the numbers.
    package static func load(directory: String) throws -> [Migration] {
        let files: [String]
        do {
            files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            throw MigrationError.unreadable(directory)
        }
        var migrations: [Migration] = []
        for file in files {
            guard let data = FileManager.default.contents(atPath: directory + "/" + file),
                let migration = Migration(fileName: file, text: String(decoding: data, as: UTF8.self))
            else { throw MigrationError.unreadable(directory + "/" + file) }
            guard migration.version == Int64(migrations.count) + 1 else { throw MigrationError.gap(file) }
            migrations.append(migration)
        }
        guard !migrations.isEmpty else { throw MigrationError.unreadable(directory) }
        return migrations
    }
}

/// Why the schema cannot be used or changed.
package enum MigrationError: Error, Hashable, Sendable {
    /// Not a directory of migrations, or not a migration's file name.
    case unreadable(String)
    /// Numbers must run from 1 without a gap.
    case gap(String)
    /// Applied in the database and not known here: the database is newer than this program.
    case unknown(version: Int64)
    /// Known here and not applied: run `keyreeved migrate`.
    case missing(version: Int64)
    /// Applied from a file with another content.
    case changed(version: Int64)
    /// There is no schema at all.
    case uninitialized
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path) as migrations; files are named NNNN_name.sql"
        case .gap(let file): "\(file) is not the next number; migrations run from 0001 without a gap"
        case .unknown(let version):
            "the database has migration \(version), which this program does not know; run a newer keyreeved"
        case .missing(let version): "the database lacks migration \(version); run `keyreeved migrate`"
        case .changed(let version):
            "migration \(version) was applied with another content; migrations are never edited, add a new one"
        case .uninitialized: "the database has no schema; run `keyreeved migrate`"
        }
    }
}
