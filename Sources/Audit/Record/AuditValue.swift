/// What a field of an audit record may hold: flat, so that every record is one line and one row.
package enum AuditValue: Hashable, Sendable {
    case string(String)
    /// Written as a JSON number within ±(2⁵³ − 1), the range that RFC 8785 can carry exactly, and as a string of
    /// digits beyond it.
    case integer(Int64)
    case bool(Bool)
    case null
    case strings([String])
}

// No nil literal: `fields["reason"] = nil` must go on meaning "no such field".
extension AuditValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension AuditValue {
    /// The text, if it is one.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, if it is one.
    package var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }
}
