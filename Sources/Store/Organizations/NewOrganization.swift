import FoundationEssentials
package import Model

/// What an operator says when making an organization: its name, where its people sign in, and its first admin.
package struct NewOrganization: Sendable {
    package var id: OrganizationID
    package var name: OrganizationName
    package var displayName: String
    package var helpURL: String?
    package var issuer: IssuerRegistration
    package var admin: Invitation

    package init(
        id: OrganizationID = .random(),
        name: OrganizationName,
        displayName: String = "",
        helpURL: String? = nil,
        issuer: IssuerRegistration,
        admin: Invitation
    ) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.helpURL = helpURL
        self.issuer = issuer
        self.admin = admin
    }
}

/// An OIDC issuer that an organization trusts, and our client there.
package struct IssuerRegistration: Hashable, Sendable {
    package let url: String
    package let clientID: String

    package init(url: String, clientID: String) {
        self.url = url
        self.clientID = clientID
    }
}
