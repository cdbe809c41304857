/// What a provider says that a call used, in tokens; nil where it did not say.
package struct Usage: Hashable, Sendable {
    package var inputTokens: Int64?
    package var outputTokens: Int64?
    /// Part of `inputTokens`.
    package var cachedTokens: Int64?

    package init(inputTokens: Int64? = nil, outputTokens: Int64? = nil, cachedTokens: Int64? = nil) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedTokens = cachedTokens
    }
}

/// How an event stream says that it ended, as far as it has.
package enum StreamEnding: String, Hashable, Sendable {
    case open
    case completed
    case incomplete
    case failed
}
