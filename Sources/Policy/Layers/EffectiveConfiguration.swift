package import Cryptography
package import Model

/// What holds for one person in one profile: the layers merged, each field with its provenance.
package struct EffectiveConfiguration: Hashable, Sendable {
    package let profile: ProfileName
    /// The `model` that policy writes into clients' files; nil leaves the client's own.
    package let model: String?
    /// The model asked for by a client that names none: `model`, else `[models] default`, else the first of the
    /// catalogue.
    package let defaultModel: String?
    package let modelProvider: ProviderID?
    package let providers: [ProviderID: ProviderDefinition]
    package let allowedModels: ModelAllowList
    /// What the profile offers, in the order of the documents, without what the allow-list refuses; the default first.
    package let models: [CatalogModel]
    /// What the relay sets on upstream requests; names are unique.
    package let auditHeaders: [AuditHeader]
    package let login: LoginPolicy
    /// Further keys of Codex's configuration.
    package let codex: [String: ConfigValue]
    package let sessionStore: SessionStore
    package let helpURL: String?
    /// By dotted key, as `config show --explain KEY` takes it.
    package let provenance: [String: Provenance]
    /// Over everything above but the provenance.
    package let digest: Digest

    package init(profile: ProfileName, merging layers: [PolicyLayer]) {
        var merge = LayerMerge(layers)
        let model = merge.lastWins(.codexModel) { $0.model }
        let modelProvider = merge.lastWins(.codexModelProvider) { $0.modelProvider }
        let providers = merge.byName(.modelProviders) { $0.providers }
        let codex = merge.byName(.codexOther) { $0.codex }
        let allowed = ModelAllowList(lists: merge.every(.modelsAllow) { $0.allowedModels })
        let chosen = merge.lastWins(.modelsDefault) { $0.defaultModel }
        let catalog = merge.union(.modelsCatalog, { $0.catalog }, name: \.id).filter { allowed.allows($0.id) }
        let headers = merge.locked(.auditHeaders, { $0.auditHeaders }, name: \.name)
        let defaultModel = model ?? chosen ?? catalog.first?.id

        self.profile = profile
        self.model = model
        self.modelProvider = modelProvider
        self.providers = providers
        self.codex = codex
        self.defaultModel = defaultModel
        allowedModels = allowed
        models = catalog.filter { $0.id == defaultModel } + catalog.filter { $0.id != defaultModel }
        auditHeaders = headers.isEmpty ? AuditHeader.standard : headers
        login = LoginPolicy(merging: &merge)
        sessionStore = merge.mostRestrictive(.sessionStore) { $0.sessionStore } ?? .auto
        helpURL = merge.lastWins(.helpURL) { $0.helpURL }
        provenance = merge.provenance
        digest = Self.digest(
            profile: profile,
            model: model,
            defaultModel: defaultModel,
            modelProvider: modelProvider,
            providers: providers,
            allowed: allowed,
            models: models,
            headers: auditHeaders,
            login: login,
            codex: codex,
            store: sessionStore,
            help: helpURL
        )
    }
}

extension EffectiveConfiguration {
    /// The provider that `model_provider` names, or the only one there is.
    package var defaultProvider: ProviderID? {
        modelProvider ?? (providers.count == 1 ? providers.keys.first : nil)
    }
}

extension EffectiveConfiguration {
    private static func digest(
        profile: ProfileName,
        model: String?,
        defaultModel: String?,
        modelProvider: ProviderID?,
        providers: [ProviderID: ProviderDefinition],
        allowed: ModelAllowList,
        models: [CatalogModel],
        headers: [AuditHeader],
        login: LoginPolicy,
        codex: [String: ConfigValue],
        store: SessionStore,
        help: String?
    ) -> Digest {
        var writer = CanonicalWriter()
        writer.add(profile.text)
        writer.add(model)
        writer.add(defaultModel)
        writer.add(modelProvider?.text)
        for (id, provider) in providers.sorted(by: { $0.key < $1.key }) {
            writer.add(id.text)
            writer.add(provider.name)
            writer.add(provider.digest.hex)
            writer.add(provider.envHTTPHeaders)
            writer.add(provider.envKey)
            writer.add(provider.envKeyInstructions)
            writer.add(provider.streamMaxRetries)
            writer.add(provider.requiresOpenAIAuth)
            writer.add(provider.supportsWebsockets)
        }
        for list in allowed.lists { writer.add(list.map { NamedValue($0.text, "") }) }
        for model in models {
            writer.add(model.id)
            writer.add(model.displayName)
            writer.add(model.summary)
            writer.add(model.contextWindow)
            writer.add(model.reasoningLevels.joined(separator: ","))
            writer.add(model.defaultReasoningLevel)
            writer.add(model.inputModalities.joined(separator: ","))
        }
        writer.add(headers.map { NamedValue($0.name, $0.template.source) })
        login.write(to: &writer)
        for (key, value) in codex.sorted(by: { $0.key < $1.key }) {
            writer.add(key)
            writer.add(value)
        }
        writer.add(store.rawValue)
        writer.add(help)
        return writer.digest
    }
}

extension CanonicalWriter {
    package mutating func add(_ value: ConfigValue) {
        switch value {
        case .string(let string): add(string)
        case .integer(let integer): add("i\(integer)")
        case .double(let double): add("d\(double.bitPattern)")
        case .bool(let bool): add(bool)
        case .other(let text): add("o\(text)")
        case .array(let values):
            add(values.count)
            for value in values { add(value) }
        case .table(let table):
            add(table.count)
            for (key, value) in table.sorted(by: { $0.key < $1.key }) {
                add(key)
                add(value)
            }
        }
    }
}
