/// Folds layers into values, one method per merge rule, and notes who set what.
///
/// A field names its rule in the catalogue; the method that is called must be the one of that rule, which a test of
/// the catalogue checks by effect.
struct LayerMerge {
    private let layers: [PolicyLayer]
    private(set) var provenance: [String: Provenance] = [:]

    init(_ layers: [PolicyLayer]) { self.layers = layers }

    /// The last layer that sets it.
    mutating func lastWins<T>(_ field: PolicyField, _ get: (LayerSettings) -> Located<T>?) -> T? {
        fold(field, get) { _, later in later }
    }

    /// The strictest value of all layers; the earlier one where two are as strict.
    mutating func mostRestrictive<T: Comparable>(
        _ field: PolicyField,
        _ get: (LayerSettings) -> Located<T>?
    ) -> T? {
        fold(field, get) { earlier, later in later < earlier ? later : earlier }
    }

    /// What all layers that say something have in common.
    mutating func intersection<T>(_ field: PolicyField, _ get: (LayerSettings) -> Located<Set<T>>?) -> Set<T>? {
        fold(field, get) { earlier, later in earlier.intersection(later) }
    }

    /// Every layer's value, first to last.
    mutating func every<T>(_ field: PolicyField, _ get: (LayerSettings) -> Located<T>?) -> [T] {
        layers.compactMap { layer in
            guard let located = get(layer.settings) else { return nil }
            note(field.rawValue, layer, located.line)
            return located.value
        }
    }

    /// By name, a later layer replacing an earlier one's whole entry.
    mutating func byName<Key: CustomStringConvertible, T>(
        _ field: PolicyField,
        _ get: (LayerSettings) -> [Key: Located<T>]
    ) -> [Key: T] {
        var merged: [Key: T] = [:]
        for layer in layers {
            for (key, located) in get(layer.settings) {
                merged[key] = located.value
                note("\(field.rawValue).\(key)", layer, located.line)
            }
        }
        return merged
    }

    /// All entries in order; a later layer replaces the entry of the same name where it stands.
    mutating func union<T>(
        _ field: PolicyField,
        _ get: (LayerSettings) -> [Located<T>],
        name: (T) -> String
    ) -> [T] {
        var merged: [T] = []
        for layer in layers {
            for located in get(layer.settings) {
                let entry = name(located.value)
                if let index = merged.firstIndex(where: { name($0) == entry }) {
                    merged[index] = located.value
                } else {
                    merged.append(located.value)
                }
                note("\(field.rawValue).\(entry)", layer, located.line)
            }
        }
        return merged
    }

    /// All entries in order; what an earlier layer set, a later one cannot change.
    mutating func locked<T>(
        _ field: PolicyField,
        _ get: (LayerSettings) -> [Located<T>],
        name: (T) -> String
    ) -> [T] {
        var merged: [T] = []
        for layer in layers {
            for located in get(layer.settings) where !merged.contains(where: { name($0) == name(located.value) }) {
                merged.append(located.value)
                note("\(field.rawValue).\(name(located.value))", layer, located.line)
            }
        }
        return merged
    }

    private mutating func fold<T: Equatable>(
        _ field: PolicyField,
        _ get: (LayerSettings) -> Located<T>?,
        _ combine: (T, T) -> T
    ) -> T? {
        var merged: T?
        for layer in layers {
            guard let located = get(layer.settings) else { continue }
            let next = merged.map { combine($0, located.value) } ?? located.value
            if merged != next || field.mergeRule == .lastWins { note(field.rawValue, layer, located.line) }
            merged = next
        }
        return merged
    }

    private mutating func note(_ key: String, _ layer: PolicyLayer, _ line: Int?) {
        provenance[key] = Provenance(layer: layer.kind, document: layer.document, line: line)
    }
}
