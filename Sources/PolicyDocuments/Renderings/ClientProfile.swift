package import Model
package import Policy

/// A profile as clients see it.
package struct ClientProfile: Codable, Hashable, Sendable {
    package var name: ProfileName
    /// What policy writes into files; nil leaves the client's own.
    package var model: String?
    /// What a client that names no model should use.
    package var defaultModel: String?
    package var modelProvider: ProviderID?
    /// Whether the relay serves a model list that stands in for the client's own.
    package var offersModels: Bool
    /// Sorted by id.
    package var providers: [ClientProvider]
    package var codex: [String: ConfigValue]
    package var login: ClientLogin

    enum CodingKeys: String, CodingKey {
        case name
        case model
        case defaultModel = "default_model"
        case modelProvider = "model_provider"
        case offersModels = "offers_models"
        case providers
        case codex
        case login
    }

    package init(_ effective: EffectiveConfiguration) {
        name = effective.profile
        model = effective.model
        defaultModel = effective.defaultModel
        modelProvider = effective.defaultProvider
        offersModels = !effective.models.isEmpty
        providers = effective.providers.values.sorted { $0.id < $1.id }.map(ClientProvider.init)
        codex = effective.codex
        login = ClientLogin(effective.login)
    }
}

/// A provider as clients see it: for relay access only what they need to reach us.
package struct ClientProvider: Codable, Hashable, Sendable {
    package var id: ProviderID
    package var name: String
    package var access: ProviderAccess
    package var wireAPI: WireAPI
    package var streamMaxRetries: Int
    package var streamIdleTimeoutMS: Int
    /// Direct access: the table as written. nil otherwise.
    package var direct: Direct?

    package struct Direct: Codable, Hashable, Sendable {
        package var baseURL: String
        package var queryParams: [NamedValue]
        package var httpHeaders: [NamedValue]
        package var envHTTPHeaders: [NamedValue]
        package var envKey: String?
        package var envKeyInstructions: String?
        package var requestMaxRetries: Int
        package var requiresOpenAIAuth: Bool
        package var supportsWebsockets: Bool

        enum CodingKeys: String, CodingKey {
            case baseURL = "base_url"
            case queryParams = "query_params"
            case httpHeaders = "http_headers"
            case envHTTPHeaders = "env_http_headers"
            case envKey = "env_key"
            case envKeyInstructions = "env_key_instructions"
            case requestMaxRetries = "request_max_retries"
            case requiresOpenAIAuth = "requires_openai_auth"
            case supportsWebsockets = "supports_websockets"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id
        case name
        case access
        case wireAPI = "wire_api"
        case streamMaxRetries = "stream_max_retries"
        case streamIdleTimeoutMS = "stream_idle_timeout_ms"
        case direct
    }

    package init(_ definition: ProviderDefinition) {
        id = definition.id
        name = definition.name
        access = definition.broker.access
        wireAPI = definition.wireAPI
        streamMaxRetries = definition.streamMaxRetries
        streamIdleTimeoutMS = definition.streamIdleTimeoutMS
        guard definition.broker.access == .direct else { return }
        direct = Direct(
            baseURL: definition.baseURL,
            queryParams: definition.queryParams,
            httpHeaders: definition.httpHeaders,
            envHTTPHeaders: definition.envHTTPHeaders,
            envKey: definition.envKey,
            envKeyInstructions: definition.envKeyInstructions,
            requestMaxRetries: definition.requestMaxRetries,
            requiresOpenAIAuth: definition.requiresOpenAIAuth,
            supportsWebsockets: definition.supportsWebsockets
        )
    }
}

/// Which OpenAI logins count, as clients enforce it.
package struct ClientLogin: Codable, Hashable, Sendable {
    package var forcedMethod: LoginMethod?
    /// nil where nothing restricts them.
    package var allowedMethods: [LoginMethod]?
    package var allowedWorkspaces: [String]?
    package var credentialsStore: CredentialsStore?
    package var signOutOthers: Bool

    enum CodingKeys: String, CodingKey {
        case forcedMethod = "forced_login_method"
        case allowedMethods = "allowed_login_methods"
        case allowedWorkspaces = "allowed_chatgpt_workspaces"
        case credentialsStore = "cli_auth_credentials_store"
        case signOutOthers = "sign_out_others"
    }

    package init(_ policy: LoginPolicy) {
        forcedMethod = policy.forcedMethod
        allowedMethods = policy.methods
        allowedWorkspaces = policy.allowedWorkspaces
        credentialsStore = policy.credentialsStore
        signOutOthers = policy.signOutOthers
    }
}
