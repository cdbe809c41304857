import ControlAPI
import ControlClient

/// A finding about a policy document in the form that editors and people know: `file:line:column: error: message`.
enum DiagnosticLine {
    static func text(_ finding: DocumentDiagnostic) -> String {
        var place = finding.file
        if let line = finding.line { place += ":\(line)" }
        if finding.line != nil, let column = finding.column { place += ":\(column)" }
        let key = finding.key.map { "`\($0)`: " } ?? ""
        let fix = finding.fix.map { " (\($0))" } ?? ""
        return Printable.line("\(place): \(finding.severity): \(key)\(finding.message)\(fix)", limit: 1_000)
    }
}
