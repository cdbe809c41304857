import Policy

/// Reads one table strictly: every key that is asked for is known, every other one is an error in `finish`.
final class TableReader {
    let path: [String]
    let sink: DiagnosticSink
    private let values: [String: ConfigValue]
    private let document: TOMLDocument
    private var known: Set<String> = []

    init(_ values: [String: ConfigValue], path: [String], document: TOMLDocument, sink: DiagnosticSink) {
        self.values = values
        self.path = path
        self.document = document
        self.sink = sink
    }

    var keys: [String] { values.keys.sorted() }

    func position(_ key: String? = nil) -> TOMLPosition? { document.position(key.map { path + [$0] } ?? path) }

    /// Dotted, as people write it; an element of a list is a number.
    func dotted(_ key: String? = nil) -> String {
        (key.map { path + [$0] } ?? path).map { $0.hasPrefix("#") ? String($0.dropFirst()) : TOMLWriter.key($0) }
            .joined(separator: ".")
    }

    func error(_ message: String, at key: String? = nil, fix: String? = nil) {
        sink.error(message, at: position(key), key: dotted(key), fix: fix)
    }

    func warning(_ message: String, at key: String? = nil, fix: String? = nil) {
        sink.warning(message, at: position(key), key: dotted(key), fix: fix)
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    /// Makes keys known without reading them.
    func accept(_ keys: String...) { known.formUnion(keys) }

    // MARK: Typed values

    func value(_ key: String) -> Located<ConfigValue>? {
        known.insert(key)
        return values[key].map { Located($0, line: position(key)?.line) }
    }

    func string(_ key: String) -> Located<String>? {
        read(key, "a string, like \(key) = \"…\"") { $0.string }
    }

    func bool(_ key: String) -> Located<Bool>? {
        read(key, "true or false, without quotes") { if case .bool(let bool) = $0 { bool } else { nil } }
    }

    func integer(_ key: String, in range: ClosedRange<Int64>) -> Located<Int64>? {
        let read = read(key, "a whole number, without quotes") { value -> Int64? in
            if case .integer(let integer) = value { integer } else { nil }
        }
        guard let read else { return nil }
        guard range.contains(read.value) else {
            let nearest = min(max(read.value, range.lowerBound), range.upperBound)
            error(
                "\(key) must be from \(range.lowerBound) to \(range.upperBound), not \(read.value)",
                at: key,
                fix: "\(key) = \(nearest)"
            )
            return nil
        }
        return read
    }

    func strings(_ key: String) -> Located<[String]>? {
        read(key, "a list of strings, like \(key) = [\"…\"]") { $0.strings }
    }

    /// A table of strings, sorted by name.
    func pairs(_ key: String) -> Located<[NamedValue]>? {
        read(key, "a table of strings, like \(key) = { name = \"value\" }") { value in
            guard let table = value.table else { return nil }
            let pairs = table.sorted { $0.key < $1.key }.compactMap { entry in
                entry.value.string.map { NamedValue(entry.key, $0) }
            }
            return pairs.count == table.count ? pairs : nil
        }
    }

    func choice<T: RawRepresentable<String> & CaseIterable & Hashable & Sendable>(
        _ key: String,
        _: T.Type
    )
        -> Located<T>?
    {
        guard let text = string(key) else { return nil }
        if let value = T(rawValue: text.value) { return Located(value, line: text.line) }
        let all = T.allCases.map(\.rawValue)
        let listed = all.map { "\"\($0)\"" }.joined(separator: ", ")
        let near = NearMiss.suggestion(for: text.value, among: all)
        error("\(key) is one of \(listed), not \"\(text.value)\"", at: key, fix: near.map { "\(key) = \"\($0)\"" })
        return nil
    }

    /// The reader of an inner table.
    func table(_ key: String) -> TableReader? {
        guard let table = read(key, "a table, like [\(dotted(key))]", { $0.table }) else { return nil }
        return TableReader(table.value, path: path + [key], document: document, sink: sink)
    }

    /// The readers of a list of tables.
    func tables(_ key: String) -> [TableReader] {
        let tables = read(key, "a list of tables, like [[\(dotted(key))]]") { value -> [[String: ConfigValue]]? in
            guard case .array(let values) = value else { return nil }
            let tables = values.compactMap(\.table)
            return tables.count == values.count ? tables : nil
        }
        return (tables?.value ?? []).enumerated().map { index, table in
            TableReader(table, path: path + [key, "#\(index)"], document: document, sink: sink)
        }
    }

    private func read<T>(_ key: String, _ wanted: String, _ convert: (ConfigValue) -> T?) -> Located<T>? {
        known.insert(key)
        guard let value = values[key] else { return nil }
        guard let converted = convert(value) else {
            error("\(dotted(key)) must be \(wanted); it is \(value.kind)", at: key)
            return nil
        }
        return Located(converted, line: position(key)?.line)
    }

    // MARK: Unknown keys

    /// Reports every key that nobody asked for. `hint` may say more about one than that it is unknown.
    func finish(hint: (String) -> (message: String, fix: String?)? = { _ in nil }) {
        for key in keys where !known.contains(key) {
            if let hint = hint(key) {
                error(hint.message, at: key, fix: hint.fix)
                continue
            }
            let near = NearMiss.suggestion(for: key, among: known)
            let place = path.isEmpty ? "" : " in [\(dotted())]"
            let all = near == nil ? "; there are: \(known.sorted().joined(separator: ", "))" : ""
            error("unknown key \(TOMLWriter.key(key))\(place)\(all)", at: key, fix: near)
        }
    }
}
