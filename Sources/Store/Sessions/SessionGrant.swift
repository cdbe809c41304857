package import FoundationEssentials
package import Model

/// What a sign-in or a refresh gives: the session, and the refresh token to keep.
package struct SessionGrant: Sendable {
    package let organization: OrganizationID
    package let user: UserID
    package let session: SessionID
    package let refreshToken: String
    package let refreshExpiresAt: Date
    /// Set when the sign-in made a new member: the change version whose snapshot knows them.
    package let changeVersion: Int64?
}

/// How a sign-in ended, for its record.
package enum SignInOutcome: Sendable {
    case signedIn(UserID, SessionID)
    /// The identity is proven and belongs to nobody here.
    case refused(Failure)
}

/// How a refresh ended, for its record.
package enum RefreshOutcome: Sendable {
    case rotated(UserID, SessionID)
    /// A used token within its minute of grace: the same successor again.
    case repeated(UserID, SessionID)
    /// A used token after that: the family was ended.
    case reused(UserID, SessionID)
}
