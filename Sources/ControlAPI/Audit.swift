/// A value of an audit record's flat JSON object.
package enum AuditFieldValue: Codable, Hashable, Sendable {
    case string(String)
    case integer(Int64)
    case bool(Bool)
    case strings([String])
    case null

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode([String].self) {
            self = .strings(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        case .strings(let value): try container.encode(value)
        case .null: try container.encodeNil()
        }
    }
}

/// One line of the organization's audit: a record, or an intent with what became of it.
package struct AuditEntry: Codable, Hashable, Sendable {
    /// Of the record, or of the intent where the line joins two.
    package var sequence: Int64
    /// `id`, `kind`, `at` (RFC 3339, UTC), for an intent `settlement` (the kind of the record that ended it), and the
    /// fields of the audit: `actor_kind`, `actor_id`, `profile`, `model`, `status`, `input_tokens` …; absent ones are
    /// left out.
    package var record: [String: AuditFieldValue]

    package init(sequence: Int64, record: [String: AuditFieldValue]) {
        self.sequence = sequence
        self.record = record
    }
}

/// `GET /v1/audit?query=TEXT&after=SEQUENCE&limit=1…1000` (auditor).
///
/// Without `after`: the newest `limit` records that match, oldest of them first. With it: the next ones in ledger
/// order, for following.
package struct AuditPage: Codable, Hashable, Sendable {
    package var records: [AuditEntry]
    /// What to pass as `after` for the records that follow: the highest sequence looked at.
    package var next: Int64

    package init(records: [AuditEntry], next: Int64) {
        self.records = records
        self.next = next
    }
}
