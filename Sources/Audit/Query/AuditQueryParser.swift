extension AuditQuery {
    /// The most characters a query may have.
    package static let maximumLength = 2000

    /// Reads `field:value` terms separated by spaces; `-` in front negates, double quotes take spaces and commas, a
    /// comma separates alternatives, `*` stands for any run of characters (between quotes it is a star).
    ///
    /// `since` and `until` take a span back from now (`90s`, `15m`, `1h`, `7d`, `2w`) or RFC 3339 (`2026-11-23`,
    /// `2026-11-23T21:00:00Z`). An empty query asks for everything.
    package static func parse(_ text: String) throws(AuditQueryError) -> AuditQuery {
        let characters = Array(text)
        guard characters.count <= maximumLength else {
            throw AuditQueryError(column: maximumLength + 1, message: "The query is too long.")
        }
        var parser = AuditQueryParser(characters)
        return try parser.query()
    }
}

private struct AuditQueryParser {
    private let characters: [Character]
    private var index = 0

    /// One alternative as written.
    private struct Value {
        var text: String
        /// Whether a `*` stood outside quotes.
        var hasStar: Bool
        var isQuoted: Bool
        let column: Int
    }

    init(_ characters: [Character]) {
        self.characters = characters
    }

    private var current: Character? { index < characters.count ? characters[index] : nil }
    private var column: Int { index + 1 }

    mutating func query() throws(AuditQueryError) -> AuditQuery {
        var query = AuditQuery()
        while true {
            while let character = current, character.isWhitespace { index += 1 }
            guard current != nil else { return query }
            try term(into: &query)
        }
    }

    private mutating func term(into query: inout AuditQuery) throws(AuditQueryError) {
        let start = column
        let isNegated = current == "-"
        if isNegated { index += 1 }
        let nameColumn = column
        var name = ""
        while let character = current, character != ":", !character.isWhitespace {
            name.append(character)
            index += 1
        }
        guard current == ":" else {
            throw AuditQueryError(column: nameColumn, message: "Write field:value, as in profile:production.")
        }
        index += 1
        let values = try values()
        switch name {
        case "since", "until":
            guard !isNegated else {
                throw AuditQueryError(column: start, message: "\(name) cannot be negated; use the other one.")
            }
            guard values.count == 1, let value = values.first else {
                throw AuditQueryError(column: nameColumn, message: "\(name) takes one time.")
            }
            guard (name == "since" ? query.since : query.until) == nil else {
                throw AuditQueryError(column: start, message: "\(name) is given twice.")
            }
            let moment = try Self.moment(value)
            if name == "since" { query.since = moment } else { query.until = moment }
        default:
            guard let field = AuditQuery.Field(rawValue: name) else {
                let known = (AuditQuery.Field.allCases.map(\.rawValue) + ["since", "until"]).joined(separator: ", ")
                throw AuditQueryError(
                    column: nameColumn,
                    message: "There is no field of that name; use one of \(known)."
                )
            }
            var matches: [AuditQuery.Match] = []
            for value in values { matches.append(try Self.match(value, of: field)) }
            query.terms.append(AuditQuery.Term(field: field, isNegated: isNegated, matches: matches))
        }
    }

    private mutating func values() throws(AuditQueryError) -> [Value] {
        var values = [try value()]
        while current == "," {
            index += 1
            values.append(try value())
        }
        return values
    }

    private mutating func value() throws(AuditQueryError) -> Value {
        var value = Value(text: "", hasStar: false, isQuoted: current == "\"", column: column)
        if value.isQuoted {
            index += 1
            while let character = current, character != "\"" {
                value.text.append(character)
                index += 1
            }
            guard current == "\"" else {
                throw AuditQueryError(column: value.column, message: "The quotation is not closed.")
            }
            index += 1
            if let character = current, character != ",", !character.isWhitespace {
                throw AuditQueryError(column: column, message: "A space or a comma must follow the quotation.")
            }
        } else {
            while let character = current, character != ",", !character.isWhitespace {
                guard character != "\"" else {
                    throw AuditQueryError(column: column, message: "Put the whole value in quotation marks.")
                }
                if character == "*" { value.hasStar = true }
                value.text.append(character)
                index += 1
            }
        }
        guard !value.text.isEmpty else {
            throw AuditQueryError(column: value.column, message: "A value is missing.")
        }
        return value
    }

    // MARK: Meaning

    private static func match(_ value: Value, of field: AuditQuery.Field) throws(AuditQueryError) -> AuditQuery.Match {
        switch field {
        case .status:
            guard let range = statusRange(value.text) else {
                let message = "A status is a number, 5xx, 400..499, >=400, >400, <=499 or <500."
                throw AuditQueryError(column: value.column, message: message)
            }
            return .number(range)
        case .decision:
            guard value.text == "allow" || value.text == "deny" else {
                throw AuditQueryError(column: value.column, message: "A decision is allow or deny.")
            }
            return .exactly(value.text)
        case .kind:
            guard value.hasStar || AuditKind(rawValue: value.text) != nil else {
                let message = "There is no such kind of record; relay.* and the like are possible."
                throw AuditQueryError(column: value.column, message: message)
            }
            return value.hasStar ? .pattern(value.text) : .exactly(value.text)
        case .actor, .profile, .provider, .model, .reason, .request:
            return value.hasStar ? .pattern(value.text) : .exactly(value.text)
        }
    }

    private static let statuses: ClosedRange<Int64> = 0...999

    private static func statusRange(_ text: String) -> ClosedRange<Int64>? {
        if let status = status(text) { return status...status }
        if text.count == 3, text.hasSuffix("xx"), let first = text.first?.wholeNumberValue, text.utf8.count == 3,
            (1...9).contains(first)
        {
            return Int64(first) * 100...Int64(first) * 100 + 99
        }
        if text.hasPrefix(">=") { return status(text.dropFirst(2)).map { $0...statuses.upperBound } }
        if text.hasPrefix("<=") { return status(text.dropFirst(2)).map { statuses.lowerBound...$0 } }
        if text.hasPrefix(">") {
            return status(text.dropFirst(1)).flatMap { $0 < statuses.upperBound ? $0 + 1...statuses.upperBound : nil }
        }
        if text.hasPrefix("<") {
            return status(text.dropFirst(1)).flatMap { $0 > statuses.lowerBound ? statuses.lowerBound...$0 - 1 : nil }
        }
        let ends = text.split(separator: ".", omittingEmptySubsequences: false)
        guard ends.count == 3, ends[1].isEmpty, let low = status(ends[0]), let high = status(ends[2]), low <= high
        else {
            return nil
        }
        return low...high
    }

    private static func status(_ text: some StringProtocol) -> Int64? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }

    private static func moment(_ value: Value) throws(AuditQueryError) -> AuditQuery.Moment {
        if let span = span(value.text) { return .ago(span) }
        if let moment = Timestamp.parse(value.text) { return .at(moment) }
        let message = "A time is a span back from now (90s, 15m, 1h, 7d, 2w) or RFC 3339, as in 2026-11-23T21:00:00Z."
        throw AuditQueryError(column: value.column, message: message)
    }

    private static func span(_ text: String) -> Int64? {
        guard let unit = text.last, let seconds = units[unit] else { return nil }
        let digits = text.dropLast()
        guard (1...6).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        // At most 999,999 weeks: far inside the range.
        return Int64(digits).map { $0 * seconds * 1_000_000 }
    }

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
}
