import Model
import Policy

/// Reads one `[model_providers.<id>]` table by Codex's rules, with Codex's own sentences, and its `broker` sub-table.
struct ProviderReader {
    let reader: TableReader
    let egress: EgressRules

    /// Ids that Codex keeps for itself.
    static let reserved: Set<String> = ["openai", "ollama", "lmstudio", "ollama-chat"]
    static let bedrock: Set<String> = ["amazon-bedrock", "amazon-bedrock-runtime"]

    func read(id text: String) -> ProviderDefinition? {
        guard let id = identifier(text) else { return nil }
        let name = name(id)
        let wireAPI = wireAPI()
        let broker = broker(id)
        let endpoint = endpoint(broker)
        let authentication = authentication(id, broker)
        let headers = headers("http_headers")
        let fromEnvironment = environmentHeaders(broker)
        let parameters = reader.pairs("query_params")?.value ?? []
        let retries = reader.integer("request_max_retries", in: 0...100)?.value
        let streamRetries = reader.integer("stream_max_retries", in: 0...100)?.value
        let idle = reader.integer("stream_idle_timeout_ms", in: 1...3_600_000)?.value
        let webSockets = reader.bool("supports_websockets")?.value ?? false
        if webSockets, broker?.access == .relay {
            reader.warning("the relay speaks HTTP; supports_websockets is not handed out", at: "supports_websockets")
        }
        ignored()
        reader.finish(hint: Self.hint)
        guard let name, let wireAPI, let broker, let endpoint else { return nil }
        return ProviderDefinition(
            id: id,
            name: name,
            endpoint: endpoint,
            wireAPI: wireAPI,
            queryParams: parameters,
            httpHeaders: headers,
            envHTTPHeaders: fromEnvironment,
            envKey: authentication.envKey,
            envKeyInstructions: authentication.instructions,
            requestMaxRetries: retries.map { Int($0) } ?? ProviderDefinition.defaultRequestMaxRetries,
            streamMaxRetries: streamRetries.map { Int($0) } ?? ProviderDefinition.defaultStreamMaxRetries,
            streamIdleTimeoutMS: idle.map { Int($0) } ?? ProviderDefinition.defaultStreamIdleTimeoutMS,
            requiresOpenAIAuth: authentication.requiresOpenAI,
            supportsWebsockets: webSockets,
            broker: broker
        )
    }

    // MARK: Identity

    private func identifier(_ text: String) -> ProviderID? {
        if Self.reserved.contains(text) {
            reader.error(
                "model_providers contains reserved built-in provider IDs: `\(text)`. Built-in providers cannot be "
                    + "overridden. Rename your custom provider (for example, `\(text)-custom`).",
                fix: "[model_providers.\(text)-custom]"
            )
            return nil
        }
        if Self.bedrock.contains(text) {
            reader.error("the built-in provider `\(text)` is not brokered by this version; use another id")
            return nil
        }
        guard let id = ProviderID(text) else {
            reader.error("a provider id is part of a URL here: it has \(ProviderID.rule)")
            return nil
        }
        return id
    }

    private func name(_ id: ProviderID) -> String? {
        let name = reader.string("name")
        guard let text = name?.value, text.contains(where: { !$0.isWhitespace }) else {
            if name != nil || !reader.has("name") {
                let fix = "name = \"\(id)\""
                reader.error("model_providers.\(id): provider name must not be empty", at: "name", fix: fix)
            }
            return nil
        }
        guard text != "OpenAI" else {
            reader.error(
                "a provider named exactly OpenAI makes Codex change compaction and compression",
                at: "name",
                fix: "name = \"OpenAI (relay)\""
            )
            return nil
        }
        return text
    }

    private func wireAPI() -> WireAPI? {
        guard let text = reader.string("wire_api") else { return reader.has("wire_api") ? nil : .responses }
        if let wireAPI = WireAPI(rawValue: text.value) { return wireAPI }
        let near = NearMiss.suggestion(for: text.value, among: WireAPI.allCases.map(\.rawValue)) ?? "responses"
        reader.error(
            "unknown variant `\(text.value)`, expected `responses` or, for relaying, `chat`",
            at: "wire_api",
            fix: "wire_api = \"\(near)\""
        )
        return nil
    }

    private func endpoint(_ broker: BrokerSettings?) -> UpstreamEndpoint? {
        guard let text = reader.string("base_url") else {
            if !reader.has("base_url") { reader.error("base_url is missing", fix: "base_url = \"https://HOST/v1\"") }
            return nil
        }
        switch UpstreamEndpoint.parse(text.value) {
        case .failure(let problem):
            reader.error(problem.message, at: "base_url", fix: problem.fix)
            return nil
        case .success(let endpoint):
            if let problem = egress.problem(with: endpoint), broker?.access != .direct {
                let https = "base_url = \"\(text.value.replacing("http://", with: "https://"))\""
                reader.error(problem, at: "base_url", fix: problem.contains("https") ? https : nil)
                return nil
            }
            if broker?.access == .relay, broker?.forwardClientMetadata == true {
                let message = "forward_client_metadata tells \(endpoint.host) which sessions and threads ask"
                reader.warning(message, at: "broker")
            }
            for suffix in ["/responses", "/chat/completions"] where endpoint.basePath.hasSuffix(suffix) {
                let root = String(endpoint.url.dropLast(suffix.count))
                reader.error(
                    "base_url is the API root, without \(suffix)",
                    at: "base_url",
                    fix: "base_url = \"\(root)\""
                )
            }
            if broker?.access == .relay, broker?.credential == nil, endpoint.scheme == .https {
                reader.error(
                    "the relay needs a stored credential for this provider",
                    at: "broker",
                    fix: "credential = \"NAME\" in [\(reader.dotted("broker"))]"
                )
            }
            return endpoint
        }
    }

    // MARK: Authentication

    private struct Authentication {
        var envKey: String?
        var instructions: String?
        var requiresOpenAI = false
    }

    private func authentication(_ id: ProviderID, _ broker: BrokerSettings?) -> Authentication {
        let envKey = reader.string("env_key")?.value
        let instructions = reader.string("env_key_instructions")?.value
        let requiresOpenAI = reader.bool("requires_openai_auth")?.value ?? false
        reader.accept("auth", "experimental_bearer_token", "aws", "gateway_oauth")
        if reader.has("auth") { commandAuthentication(id, envKey: envKey, requiresOpenAI: requiresOpenAI) }
        if reader.has("experimental_bearer_token") {
            reader.error(
                "a key never stands in a document; store it with `keyreeve credential set` and name it",
                at: "experimental_bearer_token",
                fix: "credential = \"NAME\" in [\(reader.dotted("broker"))]"
            )
        }
        if reader.has("aws") {
            reader.error(
                "model_providers.\(id): provider aws is only supported for `amazon-bedrock` or "
                    + "`amazon-bedrock-runtime`",
                at: "aws"
            )
        }
        if reader.has("gateway_oauth") {
            reader.error("gateway_oauth is not handed out by this version; remove it", at: "gateway_oauth")
        }
        if broker?.access == .relay {
            if requiresOpenAI {
                reader.error(
                    "this version does not relay a client's own OpenAI login",
                    at: "requires_openai_auth",
                    fix: "requires_openai_auth = false"
                )
            }
            for key in ["env_key", "env_key_instructions"] where reader.has(key) {
                let message = "\(key) is not used with access = \"relay\": the credential is a stored one"
                reader.warning(message, at: key)
            }
        }
        return Authentication(envKey: envKey, instructions: instructions, requiresOpenAI: requiresOpenAI)
    }

    /// `auth` runs a program on developers' machines: its own rules are checked first, then it is refused.
    private func commandAuthentication(_ id: ProviderID, envKey: String?, requiresOpenAI: Bool) {
        var others = envKey == nil ? [] : ["env_key"]
        if reader.has("experimental_bearer_token") { others.append("experimental_bearer_token") }
        if requiresOpenAI { others.append("requires_openai_auth") }
        if !others.isEmpty {
            let list = others.joined(separator: ", ")
            reader.error("model_providers.\(id): provider auth cannot be combined with \(list)", at: "auth")
        }
        if let auth = reader.table("auth") {
            let command = auth.string("command")
            if command == nil || command?.value.contains(where: { !$0.isWhitespace }) != true {
                auth.error("model_providers.\(id): provider auth.command must not be empty", at: "command")
            }
            _ = auth.strings("args")
            _ = auth.string("cwd")
            _ = auth.integer("refresh_interval_ms", in: 0...Int64.max)
            if let timeout = auth.value("timeout_ms"), timeout.value == .integer(0) {
                auth.error("invalid value: integer `0`, expected a nonzero u64", at: "timeout_ms")
            }
            auth.finish()
        }
        reader.error(
            "auth runs a program on developers' machines, and is not handed out",
            at: "auth",
            fix: "access = \"relay\" in [\(reader.dotted("broker"))]"
        )
    }

    // MARK: Headers

    private func headers(_ key: String) -> [NamedValue] {
        let pairs = reader.pairs(key)?.value ?? []
        for pair in pairs {
            if let problem = HeaderRules.problem(with: pair.name) ?? HeaderRules.problem(withValue: pair.value) {
                reader.error(problem, at: key)
            }
        }
        return pairs
    }

    private func environmentHeaders(_ broker: BrokerSettings?) -> [NamedValue] {
        let key = "env_http_headers"
        let pairs = reader.pairs(key)?.value ?? []
        for pair in pairs {
            if let problem = HeaderRules.problem(with: pair.name) { reader.error(problem, at: key) }
            // With relay access the variable is the server's own, and a document must not read whatever it likes there.
            if broker?.access == .relay, !egress.environmentNames.contains(pair.value) {
                reader.error(
                    "the operator does not let documents read the server's variable \(pair.value)",
                    at: key,
                    fix: "the operator adds it to egress.environment_headers in the server's settings"
                )
            }
        }
        return pairs
    }

    private func ignored() {
        for key in ["websocket_connect_timeout_ms", "supports_standalone_web_search", "capabilities"] {
            reader.accept(key)
            if reader.has(key) { reader.warning("\(key) is not handed out by this version", at: key) }
        }
    }

    private static func hint(_ key: String) -> (message: String, fix: String?)? {
        switch key {
        case "api_key", "apikey", "key", "token", "secret":
            ("a key never stands in a document; store it with `keyreeve credential set`", "credential = \"NAME\"")
        case "api_base", "url", "endpoint", "baseURL": ("unknown key \(key)", "base_url")
        case "model_catalog_url": ("Keyreeve serves the model list itself", "[[models.catalog]]")
        default: nil
        }
    }

    // MARK: Broker

    private func broker(_ id: ProviderID) -> BrokerSettings? {
        guard let broker = reader.table("broker") else {
            if !reader.has("broker") {
                reader.error(
                    "say how developers reach provider \(id): through the relay, or directly",
                    fix:
                        "[model_providers.\(TOMLWriter.key(id.text)).broker] with access = \"relay\" and credential = \"NAME\""
                )
            }
            return nil
        }
        let access = broker.choice("access", ProviderAccess.self)
        if access == nil, !broker.has("access") { broker.error("access is missing", fix: "access = \"relay\"") }
        let credential = broker.string("credential").flatMap { text -> CredentialName? in
            let name = CredentialName(text.value)
            if name == nil { broker.error("a credential's name has \(CredentialName.rule)", at: "credential") }
            return name
        }
        let forward = broker.bool("forward_client_metadata")?.value
        let bundle = certificateBundle(broker)
        switch access?.value {
        case .token:
            broker.error(
                "access = \"token\" is not offered by this version",
                at: "access",
                fix: "access = \"relay\""
            )
        case .direct where credential != nil:
            broker.error("a stored credential is never handed out; access = \"direct\" takes none", at: "credential")
        default: break
        }
        broker.finish()
        return access.map {
            BrokerSettings(
                access: $0.value,
                credential: credential,
                forwardClientMetadata: forward,
                certificateBundle: bundle
            )
        }
    }

    /// An id that the operator registered; where its file is, no document says.
    private func certificateBundle(_ broker: TableReader) -> String? {
        guard let id = broker.string("ca_bundle")?.value else { return nil }
        if egress.certificateBundles.contains(id) { return id }
        let near = NearMiss.suggestion(for: id, among: egress.certificateBundles.sorted())
        broker.error(
            "the operator has registered no CA bundle \"\(id)\" in egress.ca_bundles of the server's settings",
            at: "ca_bundle",
            fix: near.map { "ca_bundle = \"\($0)\"" }
        )
        return nil
    }
}
