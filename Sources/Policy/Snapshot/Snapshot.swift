package import Model

/// All organizations of a deployment at one moment.
package struct Snapshot: Sendable {
    package private(set) var organizations: [OrganizationID: OrganizationSnapshot] = [:]
    private var ids: [OrganizationName: OrganizationID] = [:]

    package init(_ organizations: [OrganizationSnapshot] = []) {
        for organization in organizations { put(organization) }
    }

    package func organization(_ id: OrganizationID) -> OrganizationSnapshot? { organizations[id] }

    package func organization(named name: OrganizationName) -> OrganizationSnapshot? {
        ids[name].flatMap { organizations[$0] }
    }

    mutating func put(_ organization: OrganizationSnapshot) {
        remove(organization.id)
        organizations[organization.id] = organization
        ids[organization.name] = organization.id
    }

    mutating func remove(_ id: OrganizationID) {
        guard let old = organizations.removeValue(forKey: id) else { return }
        if ids[old.name] == id { ids[old.name] = nil }
    }
}
