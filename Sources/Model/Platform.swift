import struct FoundationEssentials.UUID

extension OrganizationID {
    /// The platform itself: operators are its users, and its records form its ledger. No customer's organization can
    /// have this id, since ids are random (version 4).
    package static let platform = OrganizationID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
}
