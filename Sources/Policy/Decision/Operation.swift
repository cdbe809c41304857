/// What a caller asks of a provider.
package enum Operation: String, Hashable, Sendable, CaseIterable {
    case responses
    case chatCompletions = "chat_completions"
    case models
}

extension Operation {
    /// The path behind the base URL, ours and the provider's alike.
    package var path: String {
        switch self {
        case .responses: "/responses"
        case .chatCompletions: "/chat/completions"
        case .models: "/models"
        }
    }

    /// The dialect the caller must speak; nil where every provider is asked alike.
    package var wireAPI: WireAPI? {
        switch self {
        case .responses: .responses
        case .chatCompletions: .chat
        case .models: nil
        }
    }

    /// Reads what stands behind `/{profile}/{provider}`: `/responses`, `/chat/completions`, `/models`.
    package init?(path: some StringProtocol) {
        guard let operation = Self.allCases.first(where: { path == $0.path }) else { return nil }
        self = operation
    }
}
