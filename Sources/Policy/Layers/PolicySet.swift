package import Cryptography
package import Model

/// One document as a layer.
package struct PolicyLayer: Hashable, Sendable {
    package let kind: LayerKind
    /// Path within the policy folder.
    package let document: String
    package var settings: LayerSettings

    package init(kind: LayerKind, document: String, settings: LayerSettings) {
        self.kind = kind
        self.document = document
        self.settings = settings
    }
}

/// `profiles/NAME.toml`.
package struct ProfileDocument: Hashable, Sendable {
    package let name: ProfileName
    /// Who may use it; empty means every member.
    package let groups: Set<GroupName>
    package let layer: PolicyLayer

    package init(name: ProfileName, groups: Set<GroupName>, layer: PolicyLayer) {
        self.name = name
        self.groups = groups
        self.layer = layer
    }
}

/// `groups/NAME.toml`: settings for a group, never who is in it.
package struct GroupDocument: Hashable, Sendable {
    package let name: GroupName
    /// A group with a higher one is applied later and so wins; unique within an organization.
    package let precedence: Int64
    package let layer: PolicyLayer

    package init(name: GroupName, precedence: Int64, layer: PolicyLayer) {
        self.name = name
        self.precedence = precedence
        self.layer = layer
    }
}

/// Every document of an organization, read and checked: the content of a policy revision.
package struct PolicySet: Hashable, Sendable {
    package let platform: [PolicyLayer]
    package let organization: PolicyLayer?
    package let profiles: [ProfileName: ProfileDocument]
    package let groups: [GroupName: GroupDocument]
    package let users: [UserID: PolicyLayer]
    /// Over paths and bytes of the documents.
    package let digest: Digest

    package init(
        platform: [PolicyLayer] = [],
        organization: PolicyLayer? = nil,
        profiles: [ProfileName: ProfileDocument] = [:],
        groups: [GroupName: GroupDocument] = [:],
        users: [UserID: PolicyLayer] = [:],
        digest: Digest
    ) {
        self.platform = platform
        self.organization = organization
        self.profiles = profiles
        self.groups = groups
        self.users = users
        self.digest = digest
    }

    /// No documents: an organization before its first apply.
    package static let empty = PolicySet(digest: CanonicalWriter().digest)
}

extension PolicySet {
    /// The layers that decide for someone, first to last.
    package func layers(profile: ProfileName?, groups: Set<GroupName>, user: UserID?) -> [PolicyLayer] {
        var layers = platform
        if let organization { layers.append(organization) }
        guard let profile, let document = profiles[profile] else { return layers }
        layers.append(document.layer)
        layers += groups.compactMap { self.groups[$0] }.sorted { $0.precedence < $1.precedence }.map(\.layer)
        if let user, let layer = users[user] { layers.append(layer) }
        return layers
    }

    /// The merged configuration; nil for a profile that does not exist. Membership is not asked here.
    package func effective(
        profile: ProfileName,
        groups: Set<GroupName> = [],
        user: UserID? = nil
    ) -> EffectiveConfiguration? {
        guard profiles[profile] != nil else { return nil }
        return EffectiveConfiguration(
            profile: profile,
            merging: layers(profile: profile, groups: groups, user: user)
        )
    }

    /// What holds for the organization as a whole: its sessions and its help page.
    package var organizationSettings: OrganizationSettings {
        OrganizationSettings(merging: layers(profile: nil, groups: [], user: nil))
    }
}
