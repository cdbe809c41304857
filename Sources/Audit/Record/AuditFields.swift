/// The named values of an audit record, kept in canonical order so that encoding a record never sorts.
///
/// Used like a `[String: AuditValue]`. The names that a record writes itself (`at`, `id`, `intent`, `kind`,
/// `organization`) are not fields: setting one is a programmer error, and is ignored in release builds.
package struct AuditFields: Hashable, Sendable {
    private(set) var entries: [Entry] = []

    struct Entry: Hashable, Sendable {
        let name: String
        var value: AuditValue
    }

    static let reserved: Set<String> = ["at", "id", "intent", "kind", "organization"]

    package init() {}

    package init(_ values: [String: AuditValue]) {
        self.init()
        for (name, value) in values { self[name] = value }
    }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }
    /// In canonical order: by UTF-16 code units, as RFC 8785 wants it.
    package var names: [String] { entries.map(\.name) }

    /// Setting nil removes the field; a present null is `AuditValue.null`.
    package subscript(_ name: String) -> AuditValue? {
        get {
            let (index, found) = position(of: name)
            return found ? entries[index].value : nil
        }
        set {
            guard !Self.reserved.contains(name) else {
                assertionFailure("the record itself writes \(name)")
                return
            }
            let (index, found) = position(of: name)
            switch (newValue, found) {
            case (let value?, true): entries[index].value = value
            case (let value?, false): entries.insert(Entry(name: name, value: value), at: index)
            case (nil, true): entries.remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// Sets every field of `other`, replacing those of the same name.
    package mutating func merge(_ other: AuditFields) {
        for entry in other.entries { self[entry.name] = entry.value }
    }

    /// Only the fields named here.
    package func selecting(_ names: Set<String>) -> AuditFields {
        var result = AuditFields()
        result.entries.append(contentsOf: entries.lazy.filter { names.contains($0.name) })
        return result
    }

    /// Where `name` is, or where it would be inserted. Callers mostly set fields in order, so the end is tried first.
    private func position(of name: String) -> (index: Int, found: Bool) {
        guard let last = entries.last else { return (0, false) }
        if CanonicalOrder.precedes(last.name, name) { return (entries.count, false) }
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if CanonicalOrder.precedes(entries[middle].name, name) { low = middle + 1 } else { high = middle }
        }
        return (low, low < entries.count && !CanonicalOrder.precedes(name, entries[low].name))
    }
}

extension AuditFields: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, AuditValue)...) {
        self.init()
        entries.reserveCapacity(16)
        for (name, value) in elements { self[name] = value }
    }
}
