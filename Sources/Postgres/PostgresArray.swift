/// A value of which an array can be bound and read: `text[]` is `[String]`, and `bytea` is `[UInt8]`.
///
/// One dimension, no NULL inside.
package protocol PostgresArrayElement: Sendable {
    static var postgresArrayType: PostgresType { get }
    static func postgresParameter(for array: [Self]) -> SQLParameter.Value
    static func decodeArray(postgres text: Span<UInt8>) -> [Self]?
}

extension PostgresArrayElement {
    /// Inferred by the server, as in `id = ANY(\(ids))`; elsewhere the statement casts.
    package static var postgresArrayType: PostgresType { .unspecified }
}

extension PostgresArrayElement where Self == String {
    package static var postgresArrayType: PostgresType { .textArray }
}

extension PostgresArrayElement where Self: PostgresBindable {
    package static func postgresParameter(for array: [Self]) -> SQLParameter.Value {
        var elements: [String] = []
        elements.reserveCapacity(array.count)
        for element in array {
            switch element.postgresParameter {
            case .text(let text): elements.append(ArrayText.quoted(text))
            case .unsendable(let reason): return .unsendable(reason)
            case .null, .binary: return .unsendable("an array holds only values that have a text form")
            }
        }
        return .text("{" + elements.joined(separator: ",") + "}")
    }
}

extension PostgresArrayElement where Self: PostgresDecodable {
    package static func decodeArray(postgres text: Span<UInt8>) -> [Self]? {
        guard let elements = ArrayText.elements(of: text) else { return nil }
        var result: [Self] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard let value = Self.decode(postgres: element.span) else { return nil }
            result.append(value)
        }
        return result
    }
}

extension Array: PostgresBindable where Element: PostgresArrayElement {
    package static var postgresType: PostgresType { Element.postgresArrayType }
    package var postgresParameter: SQLParameter.Value { Element.postgresParameter(for: self) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    package static func decode(postgres text: Span<UInt8>) -> [Element]? {
        Element.decodeArray(postgres: text)
    }
}

/// The text form of arrays: `{a,"b c","say \"hi\""}`.
enum ArrayText {
    /// Always quoted, so that `NULL`, empty text, commas and braces are just text.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }

    /// Nil for NULL inside, nested arrays and anything malformed.
    static func elements(of text: Span<UInt8>) -> [[UInt8]]? {
        guard text.count >= 2, text[0] == UInt8(ascii: "{"), text[text.count - 1] == UInt8(ascii: "}") else {
            return nil
        }
        if text.count == 2 { return [] }
        var elements: [[UInt8]] = []
        var element: [UInt8] = []
        var wasQuoted = false
        var isQuoted = false
        var isEscaped = false
        for index in 1..<text.count {
            let byte = text[index]
            if isEscaped {
                element.append(byte)
                isEscaped = false
                continue
            }
            switch byte {
            case UInt8(ascii: "\\"):
                isEscaped = true
            case UInt8(ascii: "\""):
                isQuoted.toggle()
                wasQuoted = true
            case UInt8(ascii: ",") where !isQuoted, UInt8(ascii: "}") where !isQuoted:
                guard wasQuoted || !(element.isEmpty || isNull(element)) else { return nil }
                elements.append(element)
                element = []
                wasQuoted = false
                if byte == UInt8(ascii: "}") { return index == text.count - 1 ? elements : nil }
            case UInt8(ascii: "{") where !isQuoted:
                return nil
            default:
                element.append(byte)
            }
        }
        return nil
    }

    private static func isNull(_ element: [UInt8]) -> Bool { element == Array("NULL".utf8) }
}
