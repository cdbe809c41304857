/// How the values of several layers become one.
package enum MergeRule: String, Hashable, Sendable, CaseIterable {
    /// The last layer that sets it.
    case lastWins = "last wins"
    /// The strictest value of all layers.
    case mostRestrictive = "most restrictive"
    /// By name; a later layer replaces a whole entry.
    case union
    /// Only what every layer allows.
    case intersection
    /// What an earlier layer set, a later one cannot change.
    case locked
}

/// Where a field takes effect, so that none is merely decoration.
package enum Enforcement: String, Hashable, Sendable, CaseIterable {
    /// The relay refuses or changes requests.
    case relay
    /// Tokens and sessions are issued by it.
    case sessions
    /// It is written into clients' files.
    case clientFiles = "client files"
    /// It is part of what people are told.
    case messages
}

/// The catalogue of what policy documents can set. The raw value is the dotted key of provenance and of
/// `config show --explain`.
package enum PolicyField: String, Hashable, Sendable, CaseIterable {
    case codexModel = "codex.model"
    case codexModelProvider = "codex.model_provider"
    case codexOther = "codex"
    case forcedLoginMethod = "codex.forced_login_method"
    case allowedLoginMethods = "codex.allowed_login_methods"
    case allowedWorkspaces = "codex.forced_chatgpt_workspace_id"
    case credentialsStore = "codex.cli_auth_credentials_store"
    case signOutOthers = "login.sign_out_others"
    case modelProviders = "model_providers"
    case modelsDefault = "models.default"
    case modelsAllow = "models.allow"
    case modelsCatalog = "models.catalog"
    case auditHeaders = "audit_headers"
    case sessionStore = "session.store"
    case relayTokenMinutes = "session.relay_token_minutes"
    case assertionHours = "session.assertion_hours"
    case refreshDays = "session.refresh_days"
    case helpURL = "organization.help_url"
}

extension PolicyField {
    package var mergeRule: MergeRule {
        switch self {
        case .codexModel, .codexModelProvider, .modelsDefault, .helpURL: .lastWins
        case .codexOther, .modelProviders, .modelsCatalog: .union
        case .modelsAllow, .allowedLoginMethods, .allowedWorkspaces: .intersection
        case .forcedLoginMethod, .auditHeaders: .locked
        case .credentialsStore, .sessionStore, .relayTokenMinutes, .assertionHours, .refreshDays, .signOutOthers:
            .mostRestrictive
        }
    }

    /// One line of documentation.
    package var summary: String {
        switch self {
        case .codexModel: "The model that clients' files name; leaves people's own choice no room but a flag."
        case .codexModelProvider: "The provider that clients use."
        case .codexOther: "Further keys of Codex's own configuration, handed out as they are."
        case .forcedLoginMethod: "`chatgpt` or `api`: the only kind of OpenAI login that counts."
        case .allowedLoginMethods: "Which kinds of OpenAI login count."
        case .allowedWorkspaces: "The ChatGPT workspaces whose logins count."
        case .credentialsStore: "Where Codex keeps its own login."
        case .signOutOthers: "Whether a forced login may delete a stored login of the other kind; false wins."
        case .modelProviders: "A model provider in Codex's own keys, and how Keyreeve brokers it."
        case .modelsDefault: "The model used by a client that names none."
        case .modelsAllow: "Which models may be asked for; `*` stands for any text."
        case .modelsCatalog: "A model that clients offer for choice."
        case .auditHeaders: "A header on every upstream request."
        case .sessionStore: "Where `keyreeve` keeps its session."
        case .relayTokenMinutes: "The life of a relay token."
        case .assertionHours: "The life of a session assertion."
        case .refreshDays: "The life of a refresh token that is not used."
        case .helpURL: "Where people find help when policy refuses something."
        }
    }

    package var enforcement: Enforcement {
        switch self {
        case .modelProviders, .modelsAllow, .auditHeaders: .relay
        case .sessionStore, .relayTokenMinutes, .assertionHours, .refreshDays: .sessions
        case .codexModel, .codexModelProvider, .codexOther, .modelsDefault, .modelsCatalog, .forcedLoginMethod,
            .allowedLoginMethods, .allowedWorkspaces, .credentialsStore, .signOutOthers:
            .clientFiles
        case .helpURL: .messages
        }
    }

    /// In which layers a document may set it.
    package var layers: Set<LayerKind> {
        switch self {
        case .sessionStore, .relayTokenMinutes, .assertionHours, .refreshDays, .helpURL: [.platform, .organization]
        case .modelProviders, .auditHeaders: [.platform, .organization, .profile]
        default: Set(LayerKind.allCases)
        }
    }
}
