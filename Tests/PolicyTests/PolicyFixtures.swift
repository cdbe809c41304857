import Cryptography
import FoundationEssentials
import Model
import Policy

/// A small organization to decide about: `production` for engineering, `staging` for everybody, provider `echo`.
enum PolicyFixtures {
    static let organization = OrganizationID(UUID())
    static let engineer = UserID(UUID())
    static let guest = UserID(UUID())
    static let auditor = UserID(UUID())
    static let former = UserID(UUID())
    static let robot = ServiceAccountID(UUID())
    static let production = ProfileName(unchecked: "production")
    static let staging = ProfileName(unchecked: "staging")
    static let echo = ProviderID(unchecked: "echo")
    static let engineering = GroupName(unchecked: "engineering")

    static func endpoint(_ url: String = "https://models.example/v1") throws -> UpstreamEndpoint {
        try UpstreamEndpoint.parse(url).get()
    }

    static func provider(
        access: ProviderAccess = .relay,
        wireAPI: WireAPI = .responses,
        url: String = "https://models.example/v1"
    ) throws -> ProviderDefinition {
        ProviderDefinition(
            id: echo,
            name: "Echo",
            endpoint: try endpoint(url),
            wireAPI: wireAPI,
            broker: BrokerSettings(access: access, credential: CredentialName("echo-key"))
        )
    }

    static func layer(_ kind: LayerKind, _ change: (inout LayerSettings) -> Void) -> PolicyLayer {
        var settings = LayerSettings()
        change(&settings)
        return PolicyLayer(kind: kind, document: "\(kind.rawValue).toml", settings: settings)
    }

    static func policy(_ provider: ProviderDefinition) -> PolicySet {
        let own = layer(.profile) { settings in
            settings.providers = [echo: Located(provider, line: 3)]
            settings.allowedModels = Located([ModelPattern("gpt-5*")])
            settings.catalog = [Located(CatalogModel(id: "gpt-5.5")), Located(CatalogModel(id: "gpt-5.4"))]
            settings.defaultModel = Located("gpt-5.4")
        }
        return PolicySet(
            profiles: [
                production: ProfileDocument(name: production, groups: [engineering], layer: own),
                staging: ProfileDocument(name: staging, groups: [], layer: own),
            ],
            digest: CanonicalWriter().digest
        )
    }

    static func snapshot(
        _ provider: ProviderDefinition? = nil,
        version: Int64 = 1,
        helpURL: String? = nil
    ) throws -> OrganizationSnapshot {
        OrganizationSnapshot(
            id: organization,
            name: OrganizationName(unchecked: "acme"),
            changeVersion: version,
            revision: 7,
            policy: policy(try provider ?? self.provider()),
            members: [
                engineer: Member(groups: [engineering], roles: [.developer], active: true),
                guest: Member(groups: [], roles: [.developer], active: true),
                auditor: Member(groups: [engineering], roles: [.auditor], active: true),
                former: Member(groups: [engineering], roles: [.developer], active: false),
            ],
            serviceAccounts: [
                robot: ServiceAccount(
                    name: ServiceAccountName(unchecked: "ci"),
                    roles: [.developer],
                    profiles: [production]
                )
            ],
            helpURL: helpURL
        )
    }

    static func principal(
        _ subject: Principal.Subject,
        organization: OrganizationID = organization,
        active: ProfileName? = nil
    ) -> Principal {
        Principal(organization: organization, subject: subject, session: nil, activeProfile: active)
    }
}
