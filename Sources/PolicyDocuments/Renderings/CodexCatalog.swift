package import Policy

/// The model list of a profile in Codex's own shape: `{"models":[…]}`.
///
/// One entry that Codex cannot decode makes it drop the whole list and run its bundled default, so every field that it
/// requires is always there. Entries ask for plain function tools, which every Responses provider understands.
package enum CodexCatalog {
    /// What this provider offers in this configuration; an empty list leaves Codex its own.
    package static func render(
        _ configuration: EffectiveConfiguration,
        provider: ProviderDefinition
    ) -> [UInt8] {
        let models = provider.wireAPI == .responses ? configuration.models : []
        let entries = models.enumerated().map { index, model in Entry(model, rank: index) }
        // Encoding strings and numbers does not fail.
        return (try? CanonicalJSON.bytes(List(models: entries))) ?? Array(#"{"models":[]}"#.utf8)
    }

    private struct List: Codable {
        let models: [Entry]
    }

    private struct Entry: Codable {
        let slug: String
        let displayName: String
        let description: String?
        let defaultReasoningLevel: String?
        let supportedReasoningLevels: [Level]
        let shellType = "unified_exec"
        let visibility = "list"
        let supportedInAPI = true
        /// Codex uses the entry with the lowest one when it is told no model. Its bundled entries, which older
        /// versions keep beside ours, start at 1.
        let priority: Int
        let supportVerbosity = false
        let truncationPolicy = Truncation()
        let contextWindow: Int
        let maxContextWindow: Int
        let inputModalities: [String]
        let experimentalSupportedTools: [String] = []
        let useResponsesLite = false
        let baseInstructions = CodexCatalog.instructions

        init(_ model: CatalogModel, rank: Int) {
            slug = model.id
            displayName = model.displayName
            description = model.summary
            defaultReasoningLevel = model.defaultReasoningLevel
            supportedReasoningLevels = model.reasoningLevels.map { Level(effort: $0, description: Self.describe($0)) }
            priority = rank - 10_000
            contextWindow = model.contextWindow
            maxContextWindow = model.contextWindow
            inputModalities = model.inputModalities
        }

        private static func describe(_ effort: String) -> String {
            switch effort {
            case "none": "No reasoning"
            case "minimal": "Hardly any reasoning"
            case "low": "Fast, with lighter reasoning"
            case "medium": "Balances speed and depth"
            case "high": "Deeper reasoning for hard problems"
            default: "The deepest reasoning"
            }
        }

        private enum CodingKeys: String, CodingKey {
            case slug
            case displayName = "display_name"
            case description
            case defaultReasoningLevel = "default_reasoning_level"
            case supportedReasoningLevels = "supported_reasoning_levels"
            case shellType = "shell_type"
            case visibility
            case supportedInAPI = "supported_in_api"
            case priority
            case supportVerbosity = "support_verbosity"
            case truncationPolicy = "truncation_policy"
            case contextWindow = "context_window"
            case maxContextWindow = "max_context_window"
            case inputModalities = "input_modalities"
            case experimentalSupportedTools = "experimental_supported_tools"
            case useResponsesLite = "use_responses_lite"
            case baseInstructions = "base_instructions"
        }
    }

    private struct Level: Codable {
        let effort: String
        let description: String
    }

    private struct Truncation: Codable {
        var mode = "tokens"
        var limit = 10_000
    }

    /// Codex refuses an entry without instructions, so a served model needs ours.
    private static let instructions = """
        You are a coding agent working in Codex CLI on a person's computer. Be precise, careful and helpful.

        Work on the task until it is done, using the tools you are given. Before you change code, read what is around \
        it; follow the conventions of the project and the instructions in its AGENTS.md files, of which the one \
        nearest to a file counts for that file, and direct instructions count more.

        Fix causes rather than symptoms, keep changes small and to the point, and do not repair what you were not asked \
        to. Never revert changes that you did not make. Do not commit or create branches unless asked. Prefer `rg` for \
        searching. Where the project has tests or a build, use them to check your work, from the narrowest to the \
        widest.

        Respect the sandbox and the approvals that are in force; when a command needs more, ask for it with a reason.

        Say briefly what you are about to do before you call tools. At the end say what you changed and what remains \
        to be done, in plain short text with file paths in backticks. If something did not work, say so.
        """
}
