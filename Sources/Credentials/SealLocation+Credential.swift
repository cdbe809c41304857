package import Model

extension SealLocation {
    /// Where a stored credential's value stands; whoever seals and whoever opens one asks here.
    ///
    /// - Parameter destinations: Where it may be sent, in one spelling and order. Whoever changes them in the database
    ///   alone makes the value unreadable: they change only together with the value.
    package static func credential(
        _ name: CredentialName,
        generation: Int64,
        destinations: [String],
        of organization: OrganizationID
    ) -> SealLocation {
        SealLocation(
            organization: organization,
            table: "credentials",
            row: name.text,
            field: "value",
            version: generation,
            terms: destinations
        )
    }
}
