package import Model

/// Everything that decisions about one organization read: immutable, compiled from one database transaction.
package struct OrganizationSnapshot: Sendable {
    package let id: OrganizationID
    package let name: OrganizationName
    package let displayName: String
    /// The organization's `change_version` that this was loaded at.
    package let changeVersion: Int64
    /// The policy revision in force; 0 before the first apply.
    package let revision: Int64
    package let settings: OrganizationSettings
    package let policy: PolicySet
    package let members: [UserID: Member]
    package let serviceAccounts: [ServiceAccountID: ServiceAccount]
    package let epochs: Epochs
    package let apiTokens: [APITokenID: APITokenVerifier]
    package let credentials: [CredentialName: CredentialRecord]
    package let issuers: [Issuer]
    private let cache: EffectiveCache

    /// - Parameter helpURL: From the organization's row; a document's `help_url` wins.
    package init(
        id: OrganizationID,
        name: OrganizationName,
        displayName: String? = nil,
        changeVersion: Int64,
        revision: Int64,
        policy: PolicySet,
        members: [UserID: Member] = [:],
        serviceAccounts: [ServiceAccountID: ServiceAccount] = [:],
        epochs: Epochs = Epochs(),
        apiTokens: [APITokenID: APITokenVerifier] = [:],
        credentials: [CredentialName: CredentialRecord] = [:],
        issuers: [Issuer] = [],
        helpURL: String? = nil
    ) {
        self.id = id
        self.name = name
        self.displayName = displayName ?? name.text
        self.changeVersion = changeVersion
        self.revision = revision
        self.policy = policy
        self.members = members
        self.serviceAccounts = serviceAccounts
        self.epochs = epochs
        self.apiTokens = apiTokens
        self.credentials = credentials
        self.issuers = issuers
        settings = policy.organizationSettings
        self.helpURL = settings.helpURL ?? helpURL
        cache = EffectiveCache(policy)
    }

    package let helpURL: String?
}

extension OrganizationSnapshot {
    /// The profiles open to someone, sorted; none for a stranger and for someone who is not a developer.
    package func profiles(for subject: Principal.Subject) -> [ProfileName] {
        policy.profiles.keys.filter { membership(subject, in: $0) == nil }.sorted()
    }

    /// The configuration that holds for someone in a profile, or why it is not open to them.
    package func effective(
        profile: ProfileName,
        for subject: Principal.Subject
    ) -> Result<EffectiveConfiguration, Failure> {
        if let failure = membership(subject, in: profile) { return .failure(failure) }
        guard case .user(let user) = subject else { return cache.effective(profile, groups: [], user: nil) }
        return cache.effective(profile, groups: members[user]?.groups ?? [], user: user)
    }

    /// Why a profile is closed to someone; nil when it is open.
    package func membership(_ subject: Principal.Subject, in profile: ProfileName) -> Failure? {
        guard let roles = roles(of: subject) else { return .notAMember }
        guard let document = policy.profiles[profile] else { return .unknownProfile }
        guard roles.contains(.developer) else { return .profileNotAllowed }
        switch subject {
        case .user(let id):
            let groups = members[id]?.groups ?? []
            return document.groups.isEmpty || !document.groups.isDisjoint(with: groups) ? nil : .profileNotAllowed
        case .serviceAccount(let id):
            guard let listed = serviceAccounts[id]?.profiles else {
                return document.groups.isEmpty ? nil : .profileNotAllowed
            }
            return listed.contains(profile) ? nil : .profileNotAllowed
        case .platformOperator:
            return .notAMember
        }
    }

    /// The roles of an active member or service account; nil for anyone else.
    package func roles(of subject: Principal.Subject) -> Set<Role>? {
        switch subject {
        case .user(let id): members[id].flatMap { $0.active ? $0.roles : nil }
        case .serviceAccount(let id): serviceAccounts[id].flatMap { $0.active ? $0.roles : nil }
        case .platformOperator: nil
        }
    }
}
