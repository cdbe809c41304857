import Cryptography
import Model
import Policy

/// Whose connection it is and where it goes. Nothing pooled crosses an organization.
struct UpstreamKey: Hashable, Sendable {
    let organization: OrganizationID
    let definition: Digest

    init(organization: OrganizationID, provider: ProviderDefinition) {
        self.organization = organization
        definition = provider.digest
    }
}
