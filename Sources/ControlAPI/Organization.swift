package import Model

/// `POST /v1/organizations` (operator): an organization with one invited admin and its issuer.
package struct OrganizationRequest: Codable, Hashable, Sendable {
    package var name: OrganizationName
    package var displayName: String?
    /// The mail address whose first sign-in becomes the first admin.
    package var admin: String
    package var issuer: String
    /// The client id registered at the issuer; `keyreeve` when left out.
    package var clientID: String?
    package var helpURL: String?

    package enum CodingKeys: String, CodingKey {
        case name
        case displayName = "display_name"
        case admin
        case issuer
        case clientID = "client_id"
        case helpURL = "help_url"
    }

    package init(
        name: OrganizationName,
        displayName: String? = nil,
        admin: String,
        issuer: String,
        clientID: String? = nil,
        helpURL: String? = nil
    ) {
        self.name = name
        self.displayName = displayName
        self.admin = admin
        self.issuer = issuer
        self.clientID = clientID
        self.helpURL = helpURL
    }
}

/// The organization made (201).
package struct OrganizationAnswer: Codable, Hashable, Sendable {
    package var id: OrganizationID
    package var name: OrganizationName

    package init(id: OrganizationID, name: OrganizationName) {
        self.id = id
        self.name = name
    }
}

/// `POST /v1/invitations` (admin): roles and groups that a mail address gets at its first sign-in. Answers 201 with
/// the same shape.
package struct Invitation: Codable, Hashable, Sendable {
    package var mail: String
    package var roles: [Role]
    package var groups: [GroupName]?

    package init(mail: String, roles: [Role], groups: [GroupName]? = nil) {
        self.mail = mail
        self.roles = roles
        self.groups = groups
    }
}
