package import Model
import Policy

/// The enforced form: what root installs in `/etc/codex`.
///
/// URLs say `active`, so that `keyreeve profile use` switches profiles without root. The forced provider is the active
/// profile's at rendering, and every provider of every profile has its table.
package enum CodexRequirements {
    /// - Returns: File name in `/etc/codex` → its text: always `requirements.toml`; `config.toml` with defaults that
    ///   Codex does not let anybody force; `managed_config.toml` where a login may be deleted.
    package static func render(
        _ configuration: ClientConfiguration,
        active: ProfileName,
        command: String
    ) throws(RenderingProblem) -> [String: String] {
        guard command.hasPrefix("/") else {
            throw RenderingProblem(message: "the path of keyreeve must be absolute, and is \(command)")
        }
        guard let profile = configuration.profile(active) else {
            throw RenderingProblem(message: "profile \(active) is not in this configuration")
        }
        let providers = providers(configuration, first: profile)
        guard let forced = profile.modelProvider, providers.contains(where: { $0.provider.id == forced }) else {
            throw RenderingProblem(message: "profile \(active) has no provider that Codex can use")
        }
        var keys = ["model_provider = " + TOMLWriter.string(forced.text)]
        if let methods = profile.login.allowedMethods {
            keys.append("allowed_login_methods = " + TOMLWriter.strings(methods.map(\.rawValue)))
        }
        if let workspaces = profile.login.allowedWorkspaces {
            keys.append("allowed_chatgpt_workspaces = " + TOMLWriter.strings(workspaces))
        }
        if let store = profile.login.credentialsStore {
            keys.append("cli_auth_credentials_store = " + TOMLWriter.string(store.rawValue))
        }
        for key in forcible {
            if let value = profile.codex[key] { keys.append("\(key) = " + TOMLWriter.value(value)) }
        }
        let tables = providers.map { entry in
            CodexProviderTable(
                configuration: configuration,
                provider: entry.provider,
                segment: "active",
                offersModels: entry.offersModels,
                command: command
            ).text
        }
        var files = ["requirements.toml": heading + lines(keys) + "\n" + tables.joined(separator: "\n")]
        files["config.toml"] = defaults(profile)
        files["managed_config.toml"] = managed(profile.login)
        return files
    }

    private static let heading = "# Written by `keyreeve config install`; the next one replaces this file.\n"

    /// Codex's keys that `requirements.toml` takes.
    private static let forcible = ["allow_login_shell", "check_for_update_on_startup", "features"]

    /// Every provider once, the active profile's definition first.
    private static func providers(
        _ configuration: ClientConfiguration,
        first profile: ClientProfile
    ) -> [(provider: ClientProvider, offersModels: Bool)] {
        var known: Set<ProviderID> = []
        let ordered = [profile] + configuration.profiles.filter { $0.name != profile.name }
        let all = ordered.flatMap { profile in profile.providers.map { ($0, profile.offersModels) } }
        return all.filter { $0.0.wireAPI == .responses && known.insert($0.0.id).inserted }
            .sorted { $0.0.id < $1.0.id }.map { (provider: $0.0, offersModels: $0.1) }
    }

    private static func defaults(_ profile: ClientProfile) -> String? {
        var keys = profile.model.map { ["model = " + TOMLWriter.string($0)] } ?? []
        for (key, value) in profile.codex.sorted(by: { $0.key < $1.key }) where !forcible.contains(key) {
            keys.append("\(TOMLWriter.key(key)) = " + TOMLWriter.value(value))
        }
        return keys.isEmpty ? nil : heading + lines(keys)
    }

    private static func managed(_ login: ClientLogin) -> String? {
        guard login.signOutOthers, let method = login.forcedMethod else { return nil }
        var keys = ["forced_login_method = " + TOMLWriter.string(method.rawValue)]
        if let workspaces = login.allowedWorkspaces, !workspaces.isEmpty {
            keys.append("forced_chatgpt_workspace_id = " + TOMLWriter.strings(workspaces))
        }
        return heading + lines(keys)
    }

    private static func lines(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}
