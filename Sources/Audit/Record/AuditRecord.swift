package import Model

package import struct FoundationEssentials.UUID

/// One thing that happened, as the ledger will hold it.
///
/// Its canonical bytes are made once, hashed and stored as they are; columns are copies of them. A record never holds
/// a secret, a prompt or a completion: only what the fields' owners chose to name.
package struct AuditRecord: Hashable, Sendable {
    package let id: UUID
    package let kind: AuditKind
    /// Microseconds since 1970, UTC.
    package let at: Int64
    /// Whose ledger it belongs to; nil is the platform's.
    package let organization: OrganizationID?
    /// The record that this one settles; set for outcomes.
    package let intent: UUID?
    package var fields: AuditFields

    package init(
        id: UUID? = nil,
        kind: AuditKind,
        at: Int64 = SystemClock.microseconds(),
        organization: OrganizationID?,
        intent: UUID? = nil,
        fields: AuditFields = [:]
    ) {
        self.id = id ?? RecordIdentifier.next(at: at)
        self.kind = kind
        self.at = at
        self.organization = organization
        self.intent = intent
        self.fields = fields
    }

    /// RFC 8785 JSON: one flat object of the fields and of `at` (RFC 3339, UTC, microseconds), `id`, `kind`, and,
    /// where there is one, `intent` and `organization`.
    package var canonicalBytes: [UInt8] { CanonicalRecord.encode(self) }
}
