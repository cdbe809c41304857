import Model

/// Writes a record as RFC 8785 JSON. The fields are in order already; the record's own names are merged in between.
enum CanonicalRecord {
    static func encode(_ record: AuditRecord) -> [UInt8] {
        var writer = CanonicalWriter()
        var own: OwnNames? = .at
        for entry in record.fields.entries {
            while let next = own, CanonicalOrder.precedes(next.rawValue, entry.name) {
                write(next, of: record, to: &writer)
                own = next.following
            }
            writer.key(entry.name)
            writer.value(entry.value)
        }
        while let next = own {
            write(next, of: record, to: &writer)
            own = next.following
        }
        return writer.finish()
    }

    private static func write(_ name: OwnNames, of record: AuditRecord, to writer: inout CanonicalWriter) {
        switch name {
        case .at:
            writer.key(name.rawValue)
            writer.timestamp(record.at)
        case .id:
            writer.key(name.rawValue)
            writer.identifier(record.id)
        case .intent:
            guard let intent = record.intent else { return }
            writer.key(name.rawValue)
            writer.identifier(intent)
        case .kind:
            writer.key(name.rawValue)
            writer.string(record.kind.rawValue)
        case .organization:
            guard let organization = record.organization else { return }
            writer.key(name.rawValue)
            writer.identifier(organization.uuid)
        }
    }

    /// What a record writes itself, in canonical order.
    private enum OwnNames: String {
        case at
        case id
        case intent
        case kind
        case organization

        var following: OwnNames? {
            switch self {
            case .at: .id
            case .id: .intent
            case .intent: .kind
            case .kind: .organization
            case .organization: nil
            }
        }
    }
}
