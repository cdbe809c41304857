import Policy

/// Which keys of Codex's own configuration a document may hand out, and why others are refused.
enum CodexKeys {
    enum Shape {
        case string
        case bool
        case integer
        /// One of these strings.
        case choice([String])
        /// A table of true and false by name.
        case flags
        /// A table of plain values.
        case table
    }

    /// Handed out as they are.
    static let passed: [String: Shape] = [
        "allow_login_shell": .bool,
        "analytics": .flags,
        "approval_policy": .choice(["untrusted", "on-failure", "on-request", "never"]),
        "check_for_update_on_startup": .bool,
        "features": .flags,
        "feedback": .flags,
        "file_opener": .string,
        "hide_agent_reasoning": .bool,
        "history": .table,
        "model_auto_compact_token_limit": .integer,
        "model_context_window": .integer,
        "model_reasoning_effort": .choice(CatalogModel.knownReasoningLevels),
        "model_reasoning_summary": .choice(["auto", "concise", "detailed", "none"]),
        "model_verbosity": .choice(["low", "medium", "high"]),
        "personality": .string,
        "project_doc_max_bytes": .integer,
        "review_model": .string,
        "sandbox_mode": .choice(["read-only", "workspace-write", "danger-full-access"]),
        "sandbox_workspace_write": .table,
        "service_tier": .string,
        "show_raw_agent_reasoning": .bool,
        "tool_output_token_limit": .integer,
        "web_search": .choice(["disabled", "cached", "indexed", "live"]),
    ]

    /// Keys that run programs on developers' machines.
    private static let executing: Set<String> = [
        "hooks", "marketplaces", "mcp_servers", "notify", "plugins", "shell_environment_policy", "otel",
        "experimental_compact_prompt_file", "model_instructions_file", "apps",
    ]

    /// What to say about a key that is not handed out; nil for one that means nothing to us.
    static func refusal(_ key: String) -> (message: String, fix: String?)? {
        switch key {
        case _ where executing.contains(key):
            return ("\(key) can run programs or read files on developers' machines, and is not handed out", nil)
        case "profile", "profiles":
            return (
                "legacy `\(key)` config is no longer supported by Codex; a profile is its own document",
                "profiles/NAME.toml"
            )
        case "model_providers":
            return ("providers stand at the top level of a document", "[model_providers.<id>]")
        case "openai_base_url", "chatgpt_base_url", "base_url":
            return ("\(key) would move OpenAI logins to another host; define a provider", "[model_providers.<id>]")
        case "model_catalog_json", "model_catalog_url":
            return ("Keyreeve serves the model list itself", "[[models.catalog]]")
        case "projects":
            return ("trust in a project is each developer's own decision", nil)
        default:
            return nil
        }
    }

    private static func isPlain(_ value: ConfigValue) -> Bool {
        switch value {
        case .string, .integer, .bool: true
        case .array: value.strings != nil
        case .double, .other, .table: false
        }
    }

    /// Whether a value has the shape; what it must be otherwise.
    static func problem(_ value: ConfigValue, as shape: Shape) -> String? {
        switch (shape, value) {
        case (.string, .string), (.bool, .bool), (.integer, .integer): return nil
        case (.choice(let all), .string(let text)) where all.contains(text): return nil
        case (.flags, .table(let table)):
            let isFlags = table.values.allSatisfy { if case .bool = $0 { true } else { false } }
            return isFlags ? nil : "a table of true and false"
        case (.table, .table(let table)):
            return table.values.allSatisfy(isPlain) ? nil : "a table of strings, whole numbers, true, false and lists"
        case (.string, _): return "a string"
        case (.bool, _): return "true or false, without quotes"
        case (.integer, _): return "a whole number, without quotes"
        case (.choice(let all), _): return "one of " + all.map { "\"\($0)\"" }.joined(separator: ", ")
        case (.flags, _), (.table, _): return "a table"
        }
    }
}
