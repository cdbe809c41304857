package import Model

extension SealLocation {
    /// Where a stored credential's value stands; whoever seals and whoever opens one asks here.
    package static func credential(
        _ name: CredentialName,
        generation: Int64,
        of organization: OrganizationID
    ) -> SealLocation {
        SealLocation(
            organization: organization,
            table: "credentials",
            row: name.text,
            field: "value",
            version: generation
        )
    }
}
