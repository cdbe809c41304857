import ControlAPI
import Cryptography
import Model
import Policy

/// What this deployment is, and who the caller is.
struct DiscoveryRoutes: Sendable {
    let parts: ControlParts

    /// Names an organization only where there is no choice: strangers learn nothing about who else is here.
    func discover() throws -> ControlAnswer {
        let organizations = parts.snapshots.current.organizations.values.filter { $0.id != .platform }
        let key = parts.keys.configuration.publicKey
        return try .json(
            Discovery(
                deployment: parts.keys.deployment,
                version: parts.settings.version,
                relayURL: parts.settings.relayURL,
                defaultOrganization: organizations.count == 1 ? organizations.first?.name : nil,
                configurationKey: ConfigurationKey(
                    publicKey: Base64URL.encode(key.rawRepresentation),
                    fingerprint: key.fingerprint
                )
            )
        )
    }

    func whoami(_ caller: Caller) throws -> ControlAnswer {
        let organization = caller.organization
        let name: ServiceAccountName?
        let groups: Set<GroupName>
        switch caller.subject {
        case .user(let id): (name, groups) = (nil, organization.members[id]?.groups ?? [])
        case .serviceAccount(let id): (name, groups) = (organization.serviceAccounts[id]?.name, [])
        case .platformOperator: (name, groups) = (nil, [])
        }
        let isPlatform = organization.id == .platform
        return try .json(
            Whoami(
                kind: caller.subject.kind,
                id: caller.subject.id,
                name: name,
                organization: isPlatform ? nil : OrganizationReference(id: organization.id, name: organization.name),
                session: caller.session,
                roles: caller.roles.sorted { $0.rawValue < $1.rawValue },
                groups: groups.sorted(),
                profiles: organization.profiles(for: caller.subject),
                helpURL: organization.helpURL
            )
        )
    }
}
