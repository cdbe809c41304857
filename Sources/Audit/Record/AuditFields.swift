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

    /// What the record writes itself. A switch, because a hash of every name that is set would cost more than the rest.
    static func isReserved(_ name: String) -> Bool {
        switch name {
        case "at", "id", "intent", "kind", "organization": true
        default: false
        }
    }

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
            guard !Self.isReserved(name) else {
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

    /// Sets every field of `other`, replacing those of the same name. Both are in order, so one pass does it.
    package mutating func merge(_ other: AuditFields) {
        var merged: [Entry] = []
        merged.reserveCapacity(entries.count + other.entries.count)
        var index = 0
        for entry in other.entries {
            while index < entries.count, CanonicalOrder.precedes(entries[index].name, entry.name) {
                merged.append(entries[index])
                index += 1
            }
            if index < entries.count, entries[index].name == entry.name { index += 1 }
            merged.append(entry)
        }
        merged.append(contentsOf: entries[index...])
        entries = merged
    }

    /// Only the fields named here; `names` are in canonical order.
    package func selecting(_ names: [String]) -> AuditFields {
        var result = AuditFields()
        result.entries.reserveCapacity(entries.count)
        var index = 0
        for entry in entries {
            while index < names.count, CanonicalOrder.precedes(names[index], entry.name) { index += 1 }
            if index < names.count, names[index] == entry.name { result.entries.append(entry) }
        }
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
