/// A model that a profile offers, as much as a client's model list needs to know about it.
package struct CatalogModel: Hashable, Sendable {
    /// What a request names.
    package let id: String
    package let displayName: String
    package let summary: String?
    /// Tokens.
    package let contextWindow: Int
    /// Efforts a person may choose, weakest first; empty for a model that does not reason.
    package let reasoningLevels: [String]
    package let defaultReasoningLevel: String?
    package let inputModalities: [String]

    package static let defaultContextWindow = 272_000
    package static let knownReasoningLevels = ["none", "minimal", "low", "medium", "high", "xhigh"]
    package static let knownInputModalities = ["text", "image"]

    package init(
        id: String,
        displayName: String? = nil,
        summary: String? = nil,
        contextWindow: Int = Self.defaultContextWindow,
        reasoningLevels: [String] = ["low", "medium", "high"],
        defaultReasoningLevel: String? = nil,
        inputModalities: [String] = ["text"]
    ) {
        self.id = id
        self.displayName = displayName ?? id
        self.summary = summary
        self.contextWindow = contextWindow
        self.reasoningLevels = reasoningLevels
        let middle = reasoningLevels.contains("medium") ? "medium" : reasoningLevels.first
        self.defaultReasoningLevel = defaultReasoningLevel ?? middle
        self.inputModalities = inputModalities
    }
}
