import Foundation

/// What a server that did not end in order has left behind.
enum StalePostmaster {
    /// Removes a `postmaster.pid` that no server of this cluster stands behind. A server that is just stopping, because
    /// the process that started it has ended, is awaited for a few seconds.
    ///
    /// Left in place, the file stops a start whenever its number belongs to any other process of the same user.
    static func clear(_ place: PostgresPlace) async throws {
        let path = place.data + "/postmaster.pid"
        for _ in 0..<100 {
            guard let text = FileManager.default.contents(atPath: path) else { return }
            let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first ?? ""
            guard let pid = Int32(line), isPostmaster(pid, of: place.data) else {
                try? FileManager.default.removeItem(atPath: path)
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        let pid = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        throw PrivatePostgresError(
            "Another Postgres (process \(pid.split(separator: "\n").first ?? "?")) uses \(place.data): "
                + "stop the Keyreeve that started it first"
        )
    }

    /// A zombie is dead: only nobody has asked about it yet.
    private static func isPostmaster(_ pid: Int32, of data: String) -> Bool {
        guard let status = ProcessStatus(pid), !status.isZombie else { return false }
        guard let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
        return command.split(separator: 0).contains { $0.elementsEqual(data.utf8) }
    }
}

/// What `/proc/PID/stat` tells of a process.
struct ProcessStatus: Sendable {
    let isZombie: Bool
    /// In clock ticks since the system started: with the pid, the identity of a process.
    let startTime: String

    init?(_ pid: Int32) {
        guard let contents = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        // The name stands in parentheses and may hold anything.
        let text = String(decoding: contents, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 20 else { return nil }
        isZombie = fields[1] == "Z"
        startTime = String(fields[20])
    }
}

/// A file that says which test run a directory belongs to, so that a later run can remove what it left.
enum TestRunMark {
    private static let name = "test-run"
    private static let prefix = "krv-test-"

    static func leave(in directory: String) {
        let text = mark(getpid()) ?? ""
        _ = FileManager.default.createFile(atPath: "\(directory)/\(name)", contents: Data(text.utf8))
    }

    /// Removes the marked `krv-test-…` directories beside this one whose run has ended.
    static func sweep(beside directory: String) {
        let files = FileManager.default
        let parent = URL(fileURLWithPath: directory).deletingLastPathComponent().path
        for entry in (try? files.contentsOfDirectory(atPath: parent)) ?? [] where entry.hasPrefix(prefix) {
            let path = "\(parent)/\(entry)"
            guard let contents = files.contents(atPath: "\(path)/\(name)") else { continue }
            let text = String(decoding: contents, as: UTF8.self)
            guard let pid = text.split(separator: " ").first.flatMap({ Int32($0) }), mark(pid) != text else { continue }
            try? files.removeItem(atPath: path)
        }
    }

    private static func mark(_ pid: Int32) -> String? {
        ProcessStatus(pid).map { "\(pid) \($0.startTime)" }
    }
}
