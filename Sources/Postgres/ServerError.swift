/// The fields of an error as the server reported them, before anything that may hold a value is removed.
struct ServerError {
    var code: String?
    var primary: String?
    var constraint: String?
    var table: String?
    var column: String?

    /// The error to hand on.
    ///
    /// DETAIL, HINT and CONTEXT are never read. Of the primary message only what cannot hold a value is kept: nothing of
    /// data exceptions (class 22, "invalid input syntax for type uuid: …"), and in others what stands in double quotes
    /// only where the statement itself or the error's own name fields contain it. A message that repeats a parameter
    /// goes altogether.
    func sanitized(statement: String, parameters: [SQLParameter] = []) -> PostgresError {
        let code = code ?? "XX000"
        let message: String
        if let fixed = Self.fixedMessages[code] {
            message = fixed
        } else if Self.mayHoldData(code) {
            message = "invalid data"
        } else if repeatsAny(of: parameters) {
            message = "the server refused the statement"
        } else {
            message = redacted(statement)
        }
        return PostgresError(kind: Self.kind(of: code), code: code, message: message, constraint: constraint)
    }

    static func kind(of code: String) -> PostgresError.Kind {
        switch code {
        // A statement or lock timeout, which leave the session alive.
        case "57014", "55P03": .timeout
        // Shutdown, crash, starting up, dropped database, idle timeouts, too many sessions.
        case "57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25P04", "53300": .connection
        default: code.hasPrefix("08") || code.hasPrefix("28") ? .connection : .query
        }
    }

    private static func mayHoldData(_ code: String) -> Bool {
        code.hasPrefix("22") || code.hasPrefix("2F") || code.hasPrefix("38") || code.hasPrefix("39")
    }

    private static let fixedMessages = [
        "22001": "a text is too long for its column",
        "22003": "a number is out of range",
        "22008": "a date or time is out of range",
        "22012": "division by zero",
        "22021": "a text holds bytes that are not valid in it",
        "22023": "an invalid value for a setting or argument",
        "22P02": "a value does not have the form of its type",
        "22P03": "a binary value does not have the form of its type",
        "22P05": "a character cannot be represented",
        "57014": "the statement took too long and was stopped",
        "55P03": "a lock could not be had in time",
    ]

    private func repeatsAny(of parameters: [SQLParameter]) -> Bool {
        guard let primary else { return false }
        return parameters.contains { parameter in
            guard case .text(let text) = parameter.value, text.utf8.count > 2 else { return false }
            return primary.contains(text)
        }
    }

    private func redacted(_ statement: String) -> String {
        let known = [constraint, table, column].compactMap(\.self)
        let parts = (primary ?? "the server reported an error").split(separator: "\"", omittingEmptySubsequences: false)
        var result = ""
        for (index, part) in parts.enumerated() {
            let isQuoted = index % 2 == 1
            if isQuoted, part.isEmpty || !(known.contains(String(part)) || statement.contains(part)) {
                result += "\"…\""
            } else {
                result += isQuoted ? "\"\(part)\"" : String(part)
            }
        }
        return result
    }
}
