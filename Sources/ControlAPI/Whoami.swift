package import Model

/// `GET /v1/whoami`: the caller as the server sees them now.
package struct Whoami: Codable, Hashable, Sendable {
    /// `user`, `service_account` or `operator`.
    package var kind: String
    package var id: String
    /// A service account's name.
    package var name: ServiceAccountName?
    /// Nil for a platform operator.
    package var organization: OrganizationReference?
    package var session: SessionID?
    package var roles: [Role]
    package var groups: [GroupName]
    package var profiles: [ProfileName]
    package var helpURL: String?

    package enum CodingKeys: String, CodingKey {
        case kind
        case id
        case name
        case organization
        case session
        case roles
        case groups
        case profiles
        case helpURL = "help_url"
    }

    package init(
        kind: String,
        id: String,
        name: ServiceAccountName? = nil,
        organization: OrganizationReference?,
        session: SessionID?,
        roles: [Role],
        groups: [GroupName],
        profiles: [ProfileName],
        helpURL: String?
    ) {
        self.kind = kind
        self.id = id
        self.name = name
        self.organization = organization
        self.session = session
        self.roles = roles
        self.groups = groups
        self.profiles = profiles
        self.helpURL = helpURL
    }
}
