import Model
import Policy

/// Contradictions that show only when layers are merged: for every profile, alone and with each group and user that
/// has settings.
struct PolicyChecks {
    private let policy: PolicySet
    /// Ids of providers whose tables were refused: they are there, and saying otherwise would mislead.
    private let refused: Set<String>

    init(_ policy: PolicySet, after earlier: [Diagnostic]) {
        self.policy = policy
        let prefix = "model_providers."
        let keys = earlier.filter { $0.severity == .error }.compactMap(\.key).filter { $0.hasPrefix(prefix) }
        refused = Set(keys.map { String($0.dropFirst(prefix.count).prefix { $0 != "." }) })
    }

    func run() -> [Diagnostic] {
        var found = precedences() + accesses()
        for profile in policy.profiles.keys.sorted() {
            found += headers(profile)
            found += check(profile, groups: [], user: nil)
            for group in policy.groups.keys.sorted() { found += check(profile, groups: [group], user: nil) }
            for user in policy.users.keys.sorted() { found += check(profile, groups: [], user: user) }
        }
        return found
    }

    // MARK: One effective configuration

    private func check(_ profile: ProfileName, groups: Set<GroupName>, user: UserID?) -> [Diagnostic] {
        guard let merged = policy.effective(profile: profile, groups: groups, user: user) else { return [] }
        let fallback = policy.profiles[profile]?.layer.document ?? ""
        func finding(
            _ message: String,
            about key: String,
            fix: String? = nil,
            severity: Diagnostic.Severity = .error
        ) -> Diagnostic {
            let place = merged.provenance[key]
            return Diagnostic(
                severity: severity,
                file: place?.document ?? fallback,
                line: place?.line,
                key: key,
                message: message,
                fix: fix
            )
        }
        var found: [Diagnostic] = []
        let ids = merged.providers.keys.sorted()
        if let chosen = merged.modelProvider {
            if let provider = merged.providers[chosen] {
                if provider.wireAPI == .chat {
                    let message =
                        "`wire_api = \"chat\"` is no longer supported by Codex, so provider `\(chosen)` can only be "
                        + "relayed to chat clients"
                    found.append(finding(message, about: "codex.model_provider", fix: "wire_api = \"responses\""))
                }
            } else if !refused.contains(chosen.text) {
                let near = NearMiss.suggestion(for: chosen.text, among: ids.map(\.text) + refused) ?? ids.first?.text
                let message = "Model provider `\(chosen)` not found in profile \(profile)"
                let fix = near.map { "model_provider = \"\($0)\"" }
                found.append(finding(message, about: "codex.model_provider", fix: fix))
            }
        } else if ids.isEmpty, refused.isEmpty {
            found.append(finding("profile \(profile) has no provider", about: "model_providers", severity: .warning))
        } else if ids.count > 1 {
            let message = "profile \(profile) has several providers and does not say which one clients use"
            let fix = ids.first.map { "[codex] with model_provider = \"\($0)\"" }
            found.append(finding(message, about: "codex.model_provider", fix: fix))
        }
        found += models(merged, finding)
        if merged.login.methods == [] {
            let message = "authentication requirements do not permit any usable login method"
            found.append(finding(message, about: "codex.allowed_login_methods"))
        }
        if merged.login.signOutOthers, merged.login.forcedMethod != nil {
            let message = "Codex will delete a stored login of the other kind from developers' machines"
            found.append(finding(message, about: "login.sign_out_others", severity: .warning))
        }
        return found
    }

    private typealias Finding = (String, String, String?, Diagnostic.Severity) -> Diagnostic

    private func models(_ merged: EffectiveConfiguration, _ finding: Finding) -> [Diagnostic] {
        var found: [Diagnostic] = []
        let offered = merged.models.map(\.id)
        if let model = merged.model, !merged.allowedModels.allows(model) {
            let message = "model \(model) is not one that [models] allow lets through in profile \(merged.profile)"
            found.append(finding(message, "codex.model", nil, .error))
        }
        if let model = merged.defaultModel, merged.model == nil {
            if !merged.allowedModels.allows(model) {
                let message = "default model \(model) is not allowed in profile \(merged.profile)"
                let fix = offered.first.map { "default = \"\($0)\"" }
                found.append(finding(message, "models.default", fix, .error))
            } else if !offered.contains(model) {
                let near = NearMiss.suggestion(for: model, among: offered)
                let message = "default model \(model) is not in the catalogue, so clients cannot offer it"
                let fix = near.map { "default = \"\($0)\"" } ?? "[[models.catalog]] with id = \"\(model)\""
                found.append(finding(message, "models.default", fix, .error))
            }
        }
        if merged.defaultModel == nil {
            let message = "profile \(merged.profile) names no model: clients will ask for their own default"
            found.append(finding(message, "models", "[models] with default and [[models.catalog]]", .warning))
        }
        return found
    }

    // MARK: Between documents

    private func precedences() -> [Diagnostic] {
        var taken: [Int64: GroupName] = [:]
        var found: [Diagnostic] = []
        for group in policy.groups.values.sorted(by: { $0.name < $1.name }) {
            if let other = taken[group.precedence] {
                let message = "groups \(other) and \(group.name) have the same precedence \(group.precedence)"
                found.append(
                    Diagnostic(severity: .error, file: group.layer.document, key: "group.precedence", message: message)
                )
            }
            taken[group.precedence] = group.name
        }
        return found
    }

    /// Codex lays `NAME.config.toml` over `config.toml` key by key, so one id cannot be relayed in one profile and
    /// direct in another: the keys of both would stand in one table.
    private func accesses() -> [Diagnostic] {
        var known: [ProviderID: (access: ProviderAccess, profile: ProfileName)] = [:]
        var found: [Diagnostic] = []
        for profile in policy.profiles.keys.sorted() {
            guard let merged = policy.effective(profile: profile) else { continue }
            for (id, provider) in merged.providers.sorted(by: { $0.key < $1.key }) {
                let access = provider.broker.access
                guard let first = known[id] else {
                    known[id] = (access, profile)
                    continue
                }
                guard first.access != access else { continue }
                let place = merged.provenance["model_providers.\(id)"]
                let message =
                    "provider \(id) has access \(access.rawValue) in profile \(profile) and \(first.access.rawValue) "
                    + "in \(first.profile); clients' files cannot tell them apart"
                found.append(
                    Diagnostic(
                        severity: .error,
                        file: place?.document ?? "",
                        line: place?.line,
                        key: "model_providers.\(id)",
                        message: message,
                        fix: "another id in one of the two, like [model_providers.\(id)-direct]"
                    )
                )
            }
        }
        return found
    }

    private func headers(_ profile: ProfileName) -> [Diagnostic] {
        var owners: [String: PolicyLayer] = [:]
        var found: [Diagnostic] = []
        let providers = policy.effective(profile: profile)?.providers.values.filter { $0.broker.access == .relay }
        let hosts = providers?.map(\.endpoint.host) ?? []
        for layer in policy.layers(profile: profile, groups: [], user: nil) {
            for header in layer.settings.auditHeaders {
                let key = "audit_headers.\(header.value.name)"
                if let owner = owners[header.value.name] {
                    let message = "header \(header.value.name) is set by \(owner.document) and cannot be changed here"
                    found.append(
                        Diagnostic(
                            severity: .error,
                            file: layer.document,
                            line: header.line,
                            key: key,
                            message: message
                        )
                    )
                } else if header.value.template.placeholders.contains(where: \.isPersonal) {
                    let vendors = Set(hosts).sorted().joined(separator: ", ")
                    let message = "header \(header.value.name) tells \(vendors) who is asking"
                    found.append(
                        Diagnostic(
                            severity: .warning,
                            file: layer.document,
                            line: header.line,
                            key: key,
                            message: message
                        )
                    )
                }
                owners[header.value.name] = owners[header.value.name] ?? layer
            }
        }
        return found
    }
}
