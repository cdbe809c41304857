import Model

/// What a key derived from another is for; the HKDF `info`, one each, so that no key serves two purposes.
enum KeyLabel: Hashable {
    /// Root key to the key that wraps data keys.
    case wrapping
    /// Data key to the key of one record.
    case record
    /// Root key to the key of an organization's credential fingerprints.
    case fingerprint(OrganizationID)
    /// Root key to a key that another module names.
    case purpose(String)

    var info: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .wrapping: writer.writeCounted("keyreeve 1 wrapping")
        case .record: writer.writeCounted("keyreeve 1 record")
        case .fingerprint(let organization):
            writer.writeCounted("keyreeve 1 fingerprint")
            writer.write(organization)
        case .purpose(let name):
            writer.writeCounted("keyreeve 1 purpose")
            writer.writeCounted(name)
        }
        return writer.bytes
    }
}
