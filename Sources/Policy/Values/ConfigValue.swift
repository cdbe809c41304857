/// A value of a configuration file: what TOML can say, without a parser's types.
package enum ConfigValue: Hashable, Sendable {
    case string(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    /// A date, a time or both, and the floats that are not numbers, in TOML's own spelling.
    case other(String)
    case array([ConfigValue])
    case table([String: ConfigValue])
}

extension ConfigValue {
    /// What an error message calls it.
    package var kind: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .double: "a decimal number"
        case .bool: "true or false"
        case .other: "a date or time"
        case .array: "a list"
        case .table: "a table"
        }
    }

    package var table: [String: ConfigValue]? {
        if case .table(let table) = self { table } else { nil }
    }

    package var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The list of strings, nil when it is not one.
    package var strings: [String]? {
        guard case .array(let values) = self else { return nil }
        let strings = values.compactMap(\.string)
        return strings.count == values.count ? strings : nil
    }
}
