package import Model

/// Where a sealed field stands. It is authenticated with the ciphertext, so that one moved to another organization,
/// table, row, field or version does not open there, nor beside other terms.
package struct SealLocation: Hashable, Sendable {
    /// Nil for what belongs to the platform and no organization.
    package let organization: OrganizationID?
    package let table: String
    /// The row's key within the organization.
    package let row: String
    package let field: String
    package let version: Int64
    /// What holds for the field and stands in clear beside it, in order.
    package let terms: [String]

    package init(
        organization: OrganizationID?,
        table: String,
        row: String,
        field: String,
        version: Int64,
        terms: [String] = []
    ) {
        self.organization = organization
        self.table = table
        self.row = row
        self.field = field
        self.version = version
        self.terms = terms
    }

    /// One byte string per location: every part has a fixed width or its length before it.
    var authenticatedBytes: [UInt8] {
        var bytes = ByteWriter()
        bytes.write(organization)
        for part in [table, row, field] { bytes.writeCounted(part) }
        bytes.write(version)
        bytes.write(UInt64(terms.count))
        for term in terms { bytes.writeCounted(term) }
        return bytes.bytes
    }
}
