package import Policy

/// Writes values as TOML that any TOML 1.0 reader takes, in one spelling.
package enum TOMLWriter {
    /// A bare key where that is possible, else a quoted one.
    package static func key(_ key: String) -> String {
        let isBare = key.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isBare && !key.isEmpty ? key : string(key)
    }

    /// A basic string on one line.
    package static func string(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
                let hex = String(scalar.value, radix: 16, uppercase: true)
                quoted += "\\u" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    package static func strings(_ values: [String]) -> String {
        "[" + values.map(string).joined(separator: ", ") + "]"
    }

    /// A value on one line; tables are inline ones with their keys sorted.
    package static func value(_ value: ConfigValue) -> String {
        switch value {
        case .string(let text): return string(text)
        case .integer(let integer): return String(integer)
        case .double(let double): return double.description
        case .bool(let bool): return bool ? "true" : "false"
        case .other(let text): return text
        case .array(let values): return "[" + values.map(self.value).joined(separator: ", ") + "]"
        case .table(let table):
            guard !table.isEmpty else { return "{}" }
            let pairs = table.sorted { $0.key < $1.key }.map { "\(key($0.key)) = \(self.value($0.value))" }
            return "{ " + pairs.joined(separator: ", ") + " }"
        }
    }

    /// Pairs as an inline table, in their order.
    package static func inlineTable(_ pairs: [NamedValue]) -> String {
        guard !pairs.isEmpty else { return "{}" }
        return "{ " + pairs.map { "\(key($0.name)) = \(string($0.value))" }.joined(separator: ", ") + " }"
    }
}
