package import Model

/// `GET /v1/profiles`: the profiles open to the caller.
package struct ProfileList: Codable, Hashable, Sendable {
    package struct Entry: Codable, Hashable, Sendable {
        package var name: ProfileName
        package var model: String?
        package var modelProvider: ProviderID?
        package var providers: [ProviderID]

        package enum CodingKeys: String, CodingKey {
            case name
            case model
            case modelProvider = "model_provider"
            case providers
        }

        package init(name: ProfileName, model: String?, modelProvider: ProviderID?, providers: [ProviderID]) {
            self.name = name
            self.model = model
            self.modelProvider = modelProvider
            self.providers = providers
        }
    }

    package var profiles: [Entry]

    package init(profiles: [Entry]) { self.profiles = profiles }
}

/// `GET /v1/models?profile=NAME`: what the caller may use there.
package struct ModelList: Codable, Hashable, Sendable {
    package struct Entry: Codable, Hashable, Sendable {
        package var id: String
        package var displayName: String?

        package enum CodingKeys: String, CodingKey {
            case id
            case displayName = "display_name"
        }

        package init(id: String, displayName: String?) {
            self.id = id
            self.displayName = displayName
        }
    }

    package var profile: ProfileName
    package var defaultModel: String?
    package var defaultProvider: ProviderID?
    package var models: [Entry]

    package enum CodingKeys: String, CodingKey {
        case profile
        case defaultModel = "default_model"
        case defaultProvider = "default_provider"
        case models
    }

    package init(profile: ProfileName, defaultModel: String?, defaultProvider: ProviderID?, models: [Entry]) {
        self.profile = profile
        self.defaultModel = defaultModel
        self.defaultProvider = defaultProvider
        self.models = models
    }
}
