package import struct FoundationEssentials.UUID

/// A stable internal id: a UUID that says in its type what it names, so that one cannot stand in for another.
package protocol Identifier: Hashable, Sendable, Codable, Comparable, LosslessStringConvertible {
    var uuid: UUID { get }
    init(_ uuid: UUID)
}

extension Identifier {
    /// A fresh random (version 4) id.
    package static func random() -> Self { Self(UUID()) }

    /// Reads the canonical text form, upper or lower case; nil for anything else.
    package init?(_ description: String) {
        guard let uuid = UUID(uuidString: description) else { return nil }
        self.init(uuid)
    }

    /// The canonical lower-case text form, as Postgres writes it.
    package var description: String { uuid.uuidString.lowercased() }

    package static func < (left: Self, right: Self) -> Bool { left.description < right.description }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = Self(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a UUID"))
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The isolation boundary: everything a customer owns carries one.
package struct OrganizationID: Identifier {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}

/// A human, whatever mail address or name they have today.
package struct UserID: Identifier {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}

/// A non-human principal of an organization.
package struct ServiceAccountID: Identifier {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}

/// A sign-in and everything minted from it: the session family.
package struct SessionID: Identifier {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}

/// The public half of an api token.
package struct APITokenID: Identifier {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}

/// A per-organization data key, by which row headers say what sealed them.
package struct DataKeyID: Identifier {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}

/// One installation of Keyreeve: all replicas of one database. Issuer of our tokens and bundles.
package struct DeploymentID: Identifier {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}
