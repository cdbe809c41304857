/// A name that people choose and that stands in URLs, file names and policy documents.
///
/// One canonical form at the edge: names are compared byte for byte and never folded.
package protocol Name: Hashable, Sendable, Codable, Comparable, LosslessStringConvertible {
    var text: String { get }
    init(unchecked text: String)
    static func isValid(_ byte: UInt8, atStart: Bool) -> Bool
    /// What the name may look like, for an error message.
    static var rule: String { get }
}

extension Name {
    package init?(_ description: String) {
        let bytes = description.utf8
        guard let first = bytes.first, bytes.count <= 63, Self.isValid(first, atStart: true) else { return nil }
        guard bytes.dropFirst().allSatisfy({ Self.isValid($0, atStart: false) }) else { return nil }
        self.init(unchecked: description)
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    package static func isValid(_ byte: UInt8, atStart: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"): !atStart
        default: false
        }
    }

    package static var rule: String {
        "1 to 63 of a-z, 0-9, - and _, starting with a letter or digit"
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let name = Self(text) else {
            let problem = "a name has \(Self.rule)"
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
        }
        self = name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// An organization's short name, unique in a deployment; `platform` and `recipes` are reserved.
package struct OrganizationName: Name {
    package let text: String
    package init(unchecked text: String) { self.text = text }
    package static let reserved: Set<String> = ["platform", "recipes", "active"]
}

/// A profile of an organization: staging, production. `active` is reserved, see architecture section 2.
package struct ProfileName: Name {
    package let text: String
    package init(unchecked text: String) { self.text = text }
    package static let reserved: Set<String> = ["active"]
}

/// A group of users; who is in it is the directory's or an admin's business, never a document's.
package struct GroupName: Name {
    package let text: String
    package init(unchecked text: String) { self.text = text }
}

/// A stored credential's name within its organization.
package struct CredentialName: Name {
    package let text: String
    package init(unchecked text: String) { self.text = text }
}

/// A service account's name within its organization.
package struct ServiceAccountName: Name {
    package let text: String
    package init(unchecked text: String) { self.text = text }
}

/// The `<id>` of `[model_providers.<id>]`. Codex takes any text; ours must also be one clean URL segment.
package struct ProviderID: Name {
    package let text: String
    package init(unchecked text: String) { self.text = text }

    package static func isValid(_ byte: UInt8, atStart: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): !atStart
        default: false
        }
    }

    package static var rule: String {
        "1 to 63 letters, digits, -, _ and ., starting with a letter or digit"
    }
}
