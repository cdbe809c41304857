/// A set of lower-case header names and name prefixes, looked up from bytes without making a `String`.
struct FieldTable: Sendable {
    /// Exact names by length, so that most lookups compare nothing.
    private let names: [[[UInt8]]]
    private let prefixes: [[UInt8]]

    init(names: [String], prefixes: [String] = []) {
        let longest = names.map(\.utf8.count).max() ?? 0
        var byLength = [[[UInt8]]](repeating: [], count: longest + 1)
        for name in names { byLength[name.utf8.count].append(Array(name.utf8)) }
        self.names = byLength
        self.prefixes = prefixes.map { Array($0.utf8) }
    }

    func contains(_ name: Span<UInt8>) -> Bool {
        if name.count < names.count {
            for candidate in names[name.count] where Self.starts(name, with: candidate) { return true }
        }
        for prefix in prefixes where Self.starts(name, with: prefix) { return true }
        return false
    }

    private static func starts(_ name: Span<UInt8>, with prefix: [UInt8]) -> Bool {
        guard name.count >= prefix.count else { return false }
        var index = 0
        while index < prefix.count {
            if name[index] != prefix[index] { return false }
            index += 1
        }
        return true
    }
}
