import Audit
import Cryptography
import FoundationEssentials
import Model
import Policy
import Store

extension StoreFixture {
    func secret(_ text: String) throws -> Secret {
        var bytes = Array(text.utf8)
        return try arena.store(wiping: &bytes)
    }

    @discardableResult
    func issueToken(to account: ServiceAccountID, in scope: OrganizationScope) async throws -> APITokenID {
        let id = APITokenID.random()
        let token = NewAPIToken(
            id: id,
            verifier: SHA256Hash.digest(Array("verifier".utf8)),
            scopes: ["relay"],
            expiresAt: Date().addingTimeInterval(3600)
        )
        let record = Self.record(.apiTokenCreated, scope.organization)
        _ = try await accounts.addToken(token, to: account, in: scope, record: record)
        return id
    }

    /// Two profiles that share one relayed provider; production forces a login.
    static func policy(_ mark: String = "") -> PolicySet {
        PolicySet(
            organization: PolicyLayer(kind: .organization, document: "organization.toml", settings: LayerSettings()),
            profiles: [
                staging: profile(staging, forced: nil),
                production: profile(production, forced: .chatgpt),
            ],
            digest: SHA256Hash.digest(Array("policy \(mark)".utf8))
        )
    }

    static let staging = ProfileName(unchecked: "staging")
    static let production = ProfileName(unchecked: "production")

    private static func profile(_ name: ProfileName, forced: LoginMethod?) -> ProfileDocument {
        let document = "profiles/\(name).toml"
        var settings = LayerSettings()
        let provider = ProviderID(unchecked: "azure")
        if let endpoint = try? UpstreamEndpoint.parse("https://\(name).example/openai").get() {
            let definition = ProviderDefinition(
                id: provider,
                name: "Azure",
                endpoint: endpoint,
                broker: BrokerSettings(access: .relay, credential: secretName)
            )
            settings.providers[provider] = Located(definition, line: 1)
        }
        settings.forcedLoginMethod = forced.map { Located($0, line: 2) }
        return ProfileDocument(
            name: name,
            groups: [],
            layer: PolicyLayer(kind: .profile, document: document, settings: settings)
        )
    }
}
