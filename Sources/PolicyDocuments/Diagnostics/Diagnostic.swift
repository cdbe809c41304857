/// One finding about a policy document, for the person who wrote it.
package struct Diagnostic: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        /// Refuses the documents.
        case error
        /// Is shown, and refuses nothing.
        case warning
    }

    package let severity: Severity
    /// Path within the policy folder.
    package let file: String
    /// From 1; nil for a finding about the file as a whole.
    package let line: Int?
    /// From 1, in bytes.
    package let column: Int?
    /// The dotted key.
    package let key: String?
    package let message: String
    /// What to write instead.
    package let fix: String?

    package init(
        severity: Severity,
        file: String,
        line: Int? = nil,
        column: Int? = nil,
        key: String? = nil,
        message: String,
        fix: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.fix = fix
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `profiles/staging.toml:7:1: error: …; write: …`
    package var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        return "\(place): \(severity.rawValue): \(message)" + (fix.map { "; write: \($0)" } ?? "")
    }
}

extension [Diagnostic] {
    package var hasErrors: Bool { contains { $0.severity == .error } }

    /// By file, line and column, each finding once.
    package var ordered: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return filter { seen.insert($0).inserted }.sorted { left, right in
            (left.file, left.line ?? 0, left.column ?? 0, left.message)
                < (right.file, right.line ?? 0, right.column ?? 0, right.message)
        }
    }
}
