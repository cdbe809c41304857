import Policy

/// Which of a person's own statements cannot stand beside ours.
struct ConfigurationConflicts {
    /// Root keys that we set to plain values, and tables that are ours as a whole; `model_providers` is shared.
    private let keys: Set<String>
    private let providers: Set<String>
    private static let shared = "model_providers"

    init(ours: TOMLDocument) {
        keys = Set(ours.root.keys).subtracting([Self.shared])
        providers = Set(ours.root[Self.shared]?.table?.keys.map { $0 } ?? [])
    }

    struct Hidden {
        let text: String
    }

    /// The text with every conflicting statement commented out, line by line.
    func hide(in text: String, _ statements: [TOMLStatement]) -> Hidden {
        let conflicting = statements.filter(isConflict).map(\.bytes)
        var offset = 0
        var result = ""
        for line in Lines(text).all {
            let isHidden = conflicting.contains { $0.contains(offset) }
            // A comment stays as it is only outside; inside a hidden statement every line is hidden alike.
            result += isHidden ? Marks.hidden(line) : line
            offset += line.utf8.count
        }
        return Hidden(text: result)
    }

    private func isConflict(_ statement: TOMLStatement) -> Bool {
        guard let first = statement.path.first else { return false }
        if keys.contains(first) { return true }
        guard first == Self.shared, !providers.isEmpty else { return false }
        guard let second = statement.path.dropFirst().first else {
            // `model_providers = { … }` closes the table to ours; a bare `[model_providers]` header does not.
            return statement.kind == .assignment
        }
        return providers.contains(second)
    }

    /// What a file means that has both.
    static func overlay(_ ours: [String: ConfigValue], on rest: [String: ConfigValue]) -> [String: ConfigValue] {
        var merged = rest
        for (key, value) in ours {
            if key == shared, let ourTable = value.table, let restTable = rest[key]?.table {
                merged[key] = .table(restTable.merging(ourTable) { _, ours in ours })
            } else {
                merged[key] = value
            }
        }
        return merged
    }
}
