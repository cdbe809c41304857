import Model
import Policy

/// What a machine refuses to write even when it is signed: a signing key in the wrong hands must not become a way to
/// run programs or to move logins.
enum ClientConfigurationCheck {
    static func problem(with configuration: ClientConfiguration) -> String? {
        guard configuration.format == ClientConfiguration.currentFormat else { return "it has an unknown format" }
        for url in [configuration.server, configuration.relay] {
            guard case .success = UpstreamEndpoint.parse(url) else { return "an address in it is not one" }
        }
        guard (60...3_600).contains(configuration.relayTokenSeconds) else { return "its token life is out of range" }
        for profile in configuration.profiles {
            for (key, value) in profile.codex {
                guard let shape = CodexKeys.passed[key], CodexKeys.problem(value, as: shape) == nil else {
                    return "it sets `\(key)`, which is not handed out"
                }
            }
            for provider in profile.providers {
                if let problem = problem(with: provider) { return problem }
            }
        }
        return nil
    }

    private static func problem(with provider: ClientProvider) -> String? {
        guard !provider.name.isEmpty, provider.name != "OpenAI" else { return "a provider in it has no proper name" }
        guard !ProviderReader.reserved.contains(provider.id.text) else { return "a provider in it is a built-in one" }
        guard (provider.access == .direct) == (provider.direct != nil) else { return "a provider in it is incomplete" }
        guard let direct = provider.direct else { return nil }
        guard case .success = UpstreamEndpoint.parse(direct.baseURL) else { return "an address in it is not one" }
        for header in direct.httpHeaders + direct.envHTTPHeaders {
            if HeaderRules.problem(with: header.name) != nil { return "a header in it is not handed out" }
        }
        return nil
    }
}
