package import Model

/// Where a sealed field stands. It is authenticated with the ciphertext, so that one moved to another organization,
/// table, row, field or version does not open there.
package struct SealLocation: Hashable, Sendable {
    /// Nil for what belongs to the platform and no organization.
    package let organization: OrganizationID?
    package let table: String
    /// The row's key within the organization.
    package let row: String
    package let field: String
    package let version: Int64

    package init(organization: OrganizationID?, table: String, row: String, field: String, version: Int64) {
        self.organization = organization
        self.table = table
        self.row = row
        self.field = field
        self.version = version
    }

    /// One byte string per location: every part has a fixed width or its length before it.
    var authenticatedBytes: [UInt8] {
        var bytes = ByteWriter()
        bytes.write(organization)
        for part in [table, row, field] { bytes.writeCounted(part) }
        bytes.write(version)
        return bytes.bytes
    }
}
