/// Where a layer stands; later ones are applied over earlier ones.
package enum LayerKind: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case platform
    case organization
    case profile
    case group
    case user

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .platform: 0
        case .organization: 1
        case .profile: 2
        case .group: 3
        case .user: 4
        }
    }
}

/// Which layer, document and line set a field.
package struct Provenance: Hashable, Sendable, Codable {
    package let layer: LayerKind
    /// Path within the policy folder.
    package let document: String
    /// From 1; nil where the position is not known.
    package let line: Int?

    package init(layer: LayerKind, document: String, line: Int?) {
        self.layer = layer
        self.document = document
        self.line = line
    }
}

/// A value with the line it stands on.
package struct Located<Value: Hashable & Sendable>: Hashable, Sendable {
    package let value: Value
    /// From 1; nil where the position is not known.
    package let line: Int?

    package init(_ value: Value, line: Int? = nil) {
        self.value = value
        self.line = line
    }
}
