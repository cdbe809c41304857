/// Which file system a path is on, read from the kernel's table (`/proc/self/mountinfo`, proc(5)).
struct MountTable: Sendable {
    private let types: [(point: String, type: String)]

    init(_ text: String) {
        types = text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 4, let dash = words.firstIndex(of: "-"), let type = words[dash...].dropFirst().first
            else { return nil }
            return (point: String(words[4]), type: String(type))
        }
    }

    /// The table of this process; without it nothing is known to be in memory.
    static func current() -> MountTable {
        let bytes = try? Folder.open("/proc/self").read("mountinfo")
        return MountTable(String(decoding: bytes ?? [], as: UTF8.self))
    }

    /// Whether what is written at an absolute path stays in memory and ends with the machine's run.
    func isInMemory(_ path: String) -> Bool {
        let holding = types.filter { path == $0.point || $0.point == "/" || path.hasPrefix($0.point + "/") }
        // Of mounts at one point the last one counts.
        let longest = holding.map(\.point.count).max()
        let type = holding.last { $0.point.count == longest }?.type
        return type == "tmpfs" || type == "ramfs"
    }
}
