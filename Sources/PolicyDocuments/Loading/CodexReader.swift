import Model
import Policy

/// Reads `[codex]` and `[login]`: Codex's own keys, and what Keyreeve adds about forced logins.
struct CodexReader {
    let reader: TableReader

    func read(into settings: inout LayerSettings) {
        settings.model = reader.string("model").flatMap { model in
            guard !model.value.isEmpty else {
                reader.error("model is empty", at: "model")
                return nil
            }
            return model
        }
        settings.modelProvider = modelProvider()
        settings.forcedLoginMethod = reader.choice("forced_login_method", LoginMethod.self)
        settings.allowedLoginMethods = allowedMethods()
        settings.allowedWorkspaces = workspaces()
        settings.credentialsStore = reader.choice("cli_auth_credentials_store", CredentialsStore.self)
        for (key, shape) in CodexKeys.passed {
            guard let value = reader.value(key) else { continue }
            if let wanted = CodexKeys.problem(value.value, as: shape) {
                reader.error("\(key) must be \(wanted)", at: key)
            } else {
                settings.codex[key] = value
            }
        }
        reader.finish(hint: CodexKeys.refusal)
    }

    static func readLogin(_ reader: TableReader, into settings: inout LayerSettings) {
        settings.signOutOthers = reader.bool("sign_out_others")
        reader.finish()
    }

    private func modelProvider() -> Located<ProviderID>? {
        guard let text = reader.string("model_provider") else { return nil }
        if ProviderReader.reserved.contains(text.value) {
            reader.error(
                "the built-in provider `\(text.value)` is not reached through Keyreeve",
                at: "model_provider",
                fix: "model_provider = \"\(text.value)-custom\" with its own [model_providers.\(text.value)-custom]"
            )
            return nil
        }
        guard let id = ProviderID(text.value) else {
            reader.error("a provider id has \(ProviderID.rule)", at: "model_provider")
            return nil
        }
        return Located(id, line: text.line)
    }

    private func allowedMethods() -> Located<Set<LoginMethod>>? {
        guard let list = reader.strings("allowed_login_methods") else { return nil }
        let methods = list.value.compactMap(LoginMethod.init)
        guard methods.count == list.value.count else {
            reader.error("allowed_login_methods takes \"chatgpt\" and \"api\"", at: "allowed_login_methods")
            return nil
        }
        return Located(Set(methods), line: list.line)
    }

    /// `forced_chatgpt_workspace_id` is a string or a list of strings.
    private func workspaces() -> Located<[String]>? {
        let key = "forced_chatgpt_workspace_id"
        guard let value = reader.value(key) else { return nil }
        guard let list = value.value.string.map({ [$0] }) ?? value.value.strings, !list.isEmpty,
            !list.contains("")
        else {
            reader.error("\(key) must be a workspace id or a list of them", at: key)
            return nil
        }
        return Located(list, line: value.line)
    }
}
