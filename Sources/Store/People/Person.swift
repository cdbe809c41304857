package import FoundationEssentials
package import Model
import Postgres

/// A user of an organization, with what the erasable table knows of them.
package struct Person: Hashable, Sendable {
    package enum Status: String, Sendable, PostgresValue {
        /// May sign in for the first time while the invitation lasts.
        case invited
        case active
        case disabled
    }

    package let id: UserID
    package let status: Status
    package let mail: String?
    package let displayName: String?
    package let roles: Set<Role>
    package let groups: [GroupName]
    package let createdAt: Date
}

/// Whom to let in at their first sign-in, by a mail address that the issuer vouches for.
package struct Invitation: Sendable {
    package var mail: String
    package var displayName: String?
    package var roles: Set<Role>
    package var groups: [GroupName]
    package var expiresAt: Date

    package init(
        mail: String,
        displayName: String? = nil,
        roles: Set<Role>,
        groups: [GroupName] = [],
        expiresAt: Date
    ) {
        self.mail = mail
        self.displayName = displayName
        self.roles = roles
        self.groups = groups
        self.expiresAt = expiresAt
    }
}

/// Who an issuer says is signing in. `Identity` makes it from a verified ID token.
package struct ProvenIdentity: Sendable {
    package var issuer: String
    package var subject: String
    /// Only where the issuer says that it verified the address: it opens invitations.
    package var verifiedMail: String?
    package var displayName: String?

    package init(issuer: String, subject: String, verifiedMail: String?, displayName: String?) {
        self.issuer = issuer
        self.subject = subject
        self.verifiedMail = verifiedMail
        self.displayName = displayName
    }
}
