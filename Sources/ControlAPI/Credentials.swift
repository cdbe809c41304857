package import Model

/// A stored credential without its value. `PUT /v1/credentials/{name}` takes the value itself as the body
/// (`application/octet-stream`, 1 to 64 KiB, no framing), so that it never becomes text, and in the query as `for` the
/// destinations, with a space between; without `for` a value keeps those of the one that it replaces. It answers this.
package struct CredentialEntry: Codable, Hashable, Sendable {
    package static let valueContentType = "application/octet-stream"
    package static let largestValue = 65_536

    package var name: CredentialName
    /// Counts up with every new value.
    package var generation: Int64
    /// Where it may be sent, in one spelling: `https://HOST[:PORT][/PATH]`, HOST perhaps beginning with `*.`.
    package var destinations: [String]
    /// Keyed by the organization's audit key: tells two values apart, tells nothing about one. Nil in listings made
    /// without opening the value.
    package var fingerprint: String?
    /// Whole seconds since 1970.
    package var updatedAt: Int64

    package enum CodingKeys: String, CodingKey {
        case name
        case generation
        case destinations
        case fingerprint
        case updatedAt = "updated_at"
    }

    package init(
        name: CredentialName,
        generation: Int64,
        destinations: [String],
        fingerprint: String?,
        updatedAt: Int64
    ) {
        self.name = name
        self.generation = generation
        self.destinations = destinations
        self.fingerprint = fingerprint
        self.updatedAt = updatedAt
    }
}

/// `GET /v1/credentials`.
package struct CredentialList: Codable, Hashable, Sendable {
    package var credentials: [CredentialEntry]

    package init(credentials: [CredentialEntry]) { self.credentials = credentials }
}
