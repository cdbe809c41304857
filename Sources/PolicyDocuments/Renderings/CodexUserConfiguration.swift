package import Model
import Policy

/// The user form: what goes into a developer's own `$CODEX_HOME`.
///
/// Every file names its own profile, in URLs and in the token command alike, so that `codex -p staging` and a running
/// Codex keep meaning what they meant when another profile becomes the active one.
package enum CodexUserConfiguration {
    /// - Parameters:
    ///   - active: The profile of `config.toml`; every other one gets `NAME.config.toml`.
    ///   - command: The absolute path of `keyreeve`.
    /// - Returns: File name → its parts.
    package static func render(
        _ configuration: ClientConfiguration,
        active: ProfileName,
        command: String
    ) throws(RenderingProblem) -> [String: RenderedFile] {
        guard command.hasPrefix("/") else {
            throw RenderingProblem(message: "the path of keyreeve must be absolute, and is \(command)")
        }
        guard let chosen = configuration.profile(active) else {
            let open = configuration.profiles.map(\.name.text).joined(separator: ", ")
            throw RenderingProblem(message: "profile \(active) is not open to you; there are: \(open)")
        }
        var files = ["config.toml": file(chosen, configuration, command, model: chosen.model)]
        for profile in configuration.profiles where profile.name != active {
            // A file laid over config.toml must not inherit the model that policy wrote there.
            let model = profile.model ?? (chosen.model == nil ? nil : profile.defaultModel)
            files["\(profile.name).config.toml"] = file(profile, configuration, command, model: model)
        }
        return files
    }

    private static func file(
        _ profile: ClientProfile,
        _ configuration: ClientConfiguration,
        _ command: String,
        model: String?
    ) -> RenderedFile {
        var keys: [(String, String)] = []
        let providers = profile.providers.filter { $0.wireAPI == .responses }
        if let model { keys.append(("model", TOMLWriter.string(model))) }
        if let provider = profile.modelProvider, providers.contains(where: { $0.id == provider }) {
            keys.append(("model_provider", TOMLWriter.string(provider.text)))
        }
        keys += login(profile.login)
        let plain = profile.codex.filter { $0.value.table == nil }.sorted { $0.key < $1.key }
        keys += plain.map { (TOMLWriter.key($0.key), TOMLWriter.value($0.value)) }

        var tables = profile.codex.sorted { $0.key < $1.key }.compactMap { key, value -> String? in
            guard let table = value.table else { return nil }
            let lines = table.sorted { $0.key < $1.key }.map {
                "\(TOMLWriter.key($0.key)) = \(TOMLWriter.value($0.value))\n"
            }
            return "[\(TOMLWriter.key(key))]\n" + lines.joined()
        }
        tables += providers.map { provider in
            CodexProviderTable(
                configuration: configuration,
                provider: provider,
                segment: profile.name.text,
                offersModels: profile.offersModels,
                command: command
            ).text
        }
        return RenderedFile(
            keys: keys.map { "\($0.0) = \($0.1)\n" }.joined(),
            tables: tables.joined(separator: "\n")
        )
    }

    /// A forced login makes Codex delete a stored login of the other kind, so it is written only where the document
    /// says so; the enforced form has a milder way.
    private static func login(_ login: ClientLogin) -> [(String, String)] {
        var keys: [(String, String)] = []
        if let store = login.credentialsStore {
            keys.append(("cli_auth_credentials_store", TOMLWriter.string(store.rawValue)))
        }
        guard login.signOutOthers else { return keys }
        if let method = login.forcedMethod {
            keys.append(("forced_login_method", TOMLWriter.string(method.rawValue)))
        }
        if let workspaces = login.allowedWorkspaces, !workspaces.isEmpty {
            keys.append(("forced_chatgpt_workspace_id", TOMLWriter.strings(workspaces)))
        }
        return keys
    }
}
