/// An authenticated caller.
///
/// Made by `Identity` from a verified token and by nothing else; holding one is proof of authentication, and the
/// organization in it is the only one its bearer can touch.
package struct Principal: Hashable, Sendable {
    /// Who is behind the call.
    package enum Subject: Hashable, Sendable {
        case user(UserID)
        case serviceAccount(ServiceAccountID)
        /// A platform operator, who belongs to no organization.
        case platformOperator(UserID)
    }

    package let organization: OrganizationID
    package let subject: Subject
    /// The session that the token came from; nil for api tokens.
    package let session: SessionID?
    /// The profile that `active` stands for; nil where the token names none.
    package let activeProfile: ProfileName?

    package init(
        organization: OrganizationID,
        subject: Subject,
        session: SessionID?,
        activeProfile: ProfileName?
    ) {
        self.organization = organization
        self.subject = subject
        self.session = session
        self.activeProfile = activeProfile
    }
}

extension Principal.Subject {
    /// `user`, `service_account` or `operator`: the `actor.kind` of an audit record.
    package var kind: String {
        switch self {
        case .user: "user"
        case .serviceAccount: "service_account"
        case .platformOperator: "operator"
        }
    }

    /// The stable internal id.
    package var id: String {
        switch self {
        case .user(let id), .platformOperator(let id): id.description
        case .serviceAccount(let id): id.description
        }
    }
}
