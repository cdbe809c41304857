import Model

/// The query of a URL, decoded once and strictly: a repeated name, a bad escape or text that is not UTF-8 is refused.
struct QueryItems: Sendable {
    private let items: [String: String]

    init(_ query: String?) throws {
        var items: [String: String] = [:]
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first.flatMap(Self.decode), !name.isEmpty,
                let value = Self.decode(parts.count == 2 ? parts[1] : ""), items.updateValue(value, forKey: name) == nil
            else { throw Failure.malformedRequest }
        }
        self.items = items
    }

    subscript(name: String) -> String? { items[name] }

    /// Nil when absent; `malformedRequest` when it is none.
    func value<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let text = items[name] else { return nil }
        guard let value = Value(text) else {
            throw ControlRefusal(.malformedRequest, detail: "`\(name)` in the query cannot be read.")
        }
        return value
    }

    /// Every name must be one of these: a misspelt filter must not mean "no filter".
    func allowOnly(_ names: Set<String>) throws {
        guard Set(items.keys).isSubset(of: names) else {
            let known = names.sorted().map { "`\($0)`" }.joined(separator: ", ")
            throw ControlRefusal(.malformedRequest, detail: "The query may have \(known) only.")
        }
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(hexadecimal), let low = rest.next().flatMap(hexadecimal) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
