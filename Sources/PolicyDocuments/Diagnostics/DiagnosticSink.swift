/// Collects what readers of one document find.
final class DiagnosticSink {
    let file: String
    private(set) var found: [Diagnostic] = []

    init(file: String) { self.file = file }

    func error(_ message: String, at position: TOMLPosition?, key: String? = nil, fix: String? = nil) {
        add(.error, message, position, key, fix)
    }

    func warning(_ message: String, at position: TOMLPosition?, key: String? = nil, fix: String? = nil) {
        add(.warning, message, position, key, fix)
    }

    private func add(
        _ severity: Diagnostic.Severity,
        _ message: String,
        _ position: TOMLPosition?,
        _ key: String?,
        _ fix: String?
    ) {
        found.append(
            Diagnostic(
                severity: severity,
                file: file,
                line: position?.line,
                column: position?.column,
                key: key,
                message: message,
                fix: fix
            )
        )
    }
}
