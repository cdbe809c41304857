package import Model

/// What one document sets, before layers are merged; nil and empty mean that it leaves the field open.
package struct LayerSettings: Hashable, Sendable {
    // [codex]
    package var model: Located<String>?
    package var modelProvider: Located<ProviderID>?
    /// Further keys of Codex's own configuration, handed to clients as they are.
    package var codex: [String: Located<ConfigValue>] = [:]

    // [model_providers.<id>]
    package var providers: [ProviderID: Located<ProviderDefinition>] = [:]

    // [models]
    package var defaultModel: Located<String>?
    package var allowedModels: Located<[ModelPattern]>?
    package var catalog: [Located<CatalogModel>] = []

    // [audit_headers]
    package var auditHeaders: [Located<AuditHeader>] = []

    // Forced login
    package var forcedLoginMethod: Located<LoginMethod>?
    package var allowedLoginMethods: Located<Set<LoginMethod>>?
    package var allowedWorkspaces: Located<[String]>?
    package var credentialsStore: Located<CredentialsStore>?
    package var signOutOthers: Located<Bool>?

    // [session]
    package var sessionStore: Located<SessionStore>?
    /// Seconds.
    package var relayTokenLifetime: Located<Int64>?
    /// Seconds.
    package var assertionLifetime: Located<Int64>?
    /// Seconds.
    package var refreshLifetime: Located<Int64>?

    package var helpURL: Located<String>?

    package init() {}
}
