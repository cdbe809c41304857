import Model
import Policy

/// One `[model_providers.<id>]` table as Codex reads it.
struct CodexProviderTable {
    let configuration: ClientConfiguration
    let provider: ClientProvider
    /// The profile whose name the table carries, or `active`.
    let segment: String
    /// Whether the relay serves a model list that stands in for Codex's own.
    let offersModels: Bool
    /// The absolute path of `keyreeve`.
    let command: String

    var text: String {
        let header = "model_providers.\(TOMLWriter.key(provider.id.text))"
        if let direct = provider.direct { return "[\(header)]\n" + lines(direct) }
        return "[\(header)]\n" + relayed + "\n[\(header).auth]\n" + authentication
    }

    /// Through the relay, which spends the request retries itself.
    private var relayed: String {
        let base = "\(configuration.relay)/\(segment)/\(provider.id)"
        var lines = [
            "name = " + TOMLWriter.string(provider.name),
            "base_url = " + TOMLWriter.string(base),
        ]
        // Without this Codex mixes our list into its bundled one, and its own models stay on offer.
        if offersModels { lines.append("model_catalog_url = " + TOMLWriter.string(base + Operation.models.path)) }
        lines += [
            "wire_api = \"responses\"",
            "request_max_retries = 0",
            "stream_max_retries = \(provider.streamMaxRetries)",
            "stream_idle_timeout_ms = \(provider.streamIdleTimeoutMS)",
            "supports_websockets = false",
        ]
        return joined(lines)
    }

    private var authentication: String {
        let arguments = [
            "token", "--server", configuration.server, "--organization", configuration.organization.text, "--profile",
            segment,
        ]
        return joined([
            "command = " + TOMLWriter.string(command),
            "args = " + TOMLWriter.strings(arguments),
            "timeout_ms = 5000",
            "refresh_interval_ms = \(max(1, configuration.relayTokenSeconds) * 1_000 / 3)",
        ])
    }

    /// As the document has it.
    private func lines(_ direct: ClientProvider.Direct) -> String {
        var lines = [
            "name = " + TOMLWriter.string(provider.name),
            "base_url = " + TOMLWriter.string(direct.baseURL),
            "wire_api = \"responses\"",
        ]
        if let key = direct.envKey { lines.append("env_key = " + TOMLWriter.string(key)) }
        if let text = direct.envKeyInstructions { lines.append("env_key_instructions = " + TOMLWriter.string(text)) }
        let maps = [
            ("query_params", direct.queryParams), ("http_headers", direct.httpHeaders),
            ("env_http_headers", direct.envHTTPHeaders),
        ]
        for (key, pairs) in maps where !pairs.isEmpty { lines.append("\(key) = " + TOMLWriter.inlineTable(pairs)) }
        if direct.requiresOpenAIAuth { lines.append("requires_openai_auth = true") }
        lines += [
            "request_max_retries = \(direct.requestMaxRetries)",
            "stream_max_retries = \(provider.streamMaxRetries)",
            "stream_idle_timeout_ms = \(provider.streamIdleTimeoutMS)",
            "supports_websockets = \(direct.supportsWebsockets)",
        ]
        return joined(lines)
    }

    private func joined(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}
