/// A statement whose values are bound, never pasted.
///
/// Text comes only from string literals in our own source; everything interpolated becomes a parameter:
/// `"SELECT name FROM organizations WHERE id = \(id)"` sends `… id = $1`. There is no way to add text at run time, except
/// names that `\(identifier:)` has checked.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    package typealias StringLiteralType = StaticString

    /// Always one more than there are parameters; parameter n stands between literals n and n + 1.
    private var literals: [String]
    private(set) var parameters: [SQLParameter]
    /// Why this statement cannot be sent. It is reported when it is run, since interpolation cannot throw.
    private(set) var defect: String?

    package init(stringLiteral literal: StaticString) {
        literals = [literal.description]
        parameters = []
    }

    package init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.sql
    }

    /// The text as it is sent, with `$1`, `$2` … for the parameters.
    package var text: String {
        var text = literals.first ?? ""
        for (number, literal) in literals.dropFirst().enumerated() {
            text += "$\(number + 1)"
            text += literal
        }
        return text
    }

    /// Appends a fragment with its parameters.
    package mutating func append(_ fragment: SQL) {
        appendText(fragment.literals.first ?? "")
        literals.append(contentsOf: fragment.literals.dropFirst())
        parameters.append(contentsOf: fragment.parameters)
        defect = defect ?? fragment.defect
    }

    /// The fragments, one after the other, with the separator between them.
    package static func joined(_ fragments: [SQL], separator: SQL) -> SQL {
        var result: SQL = ""
        for (index, fragment) in fragments.enumerated() {
            if index > 0 { result.append(separator) }
            result.append(fragment)
        }
        return result
    }

    private mutating func appendText(_ text: String) {
        literals.append((literals.popLast() ?? "") + text)
    }

    private mutating func bind(_ parameter: SQLParameter) {
        parameters.append(parameter)
        literals.append("")
        if case .unsendable(let reason) = parameter.value { defect = defect ?? reason }
    }

    private mutating func refuse(_ reason: String) {
        defect = defect ?? reason
    }
}

extension SQL {
    package struct StringInterpolation: StringInterpolationProtocol {
        package typealias StringLiteralType = StaticString

        fileprivate var sql: SQL = ""

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: StaticString) {
            sql.appendText(literal.description)
        }

        /// Binds a value.
        package mutating func appendInterpolation<Value: PostgresBindable>(_ value: Value) {
            sql.bind(SQLParameter(type: Value.postgresType, value: value.postgresParameter))
        }

        /// Binds a value or NULL.
        package mutating func appendInterpolation<Value: PostgresBindable>(_ value: Value?) {
            sql.bind(SQLParameter(type: Value.postgresType, value: value?.postgresParameter ?? .null))
        }

        /// Inserts a fragment and its parameters.
        package mutating func appendInterpolation(_ fragment: SQL) {
            sql.append(fragment)
        }

        /// Inserts the name of a table, role, database or channel: 1 to 63 of a-z, 0-9 and _, not starting with a digit,
        /// in double quotes. Anything else makes the statement fail when it is run; nothing is escaped.
        package mutating func appendInterpolation(identifier: String) {
            guard let quoted = SQL.quotedIdentifier(identifier) else {
                return sql.refuse("an identifier has 1 to 63 of a-z, 0-9 and _, and starts with no digit")
            }
            sql.appendText(quoted)
        }
    }

    private static func quotedIdentifier(_ name: String) -> String? {
        let bytes = name.utf8
        guard let first = bytes.first, bytes.count <= 63, !isDigit(first) else { return nil }
        guard bytes.allSatisfy({ isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "_") }) else { return nil }
        return "\"\(name)\""
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
    private static func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }
}
