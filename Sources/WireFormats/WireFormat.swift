/// A provider dialect that the relay meters. One folder for each.
package enum WireFormat: Hashable, Sendable, CaseIterable {
    case responses
    /// Embeddings too.
    case chatCompletions
    case messages
    /// Bedrock's Converse.
    case converse

    var usageNames: UsageNames {
        switch self {
        case .responses: .responses
        case .chatCompletions: .chatCompletions
        case .messages: .messages
        case .converse: .converse
        }
    }
}

/// Where a dialect writes what a call used. Paths are of JSON object members; array elements never match.
struct UsageNames: Sendable {
    /// A member around `usage` in stream events; nil where `usage` stands at the top level.
    let envelope: StaticString?
    let input: StaticString
    let output: StaticString
    let cached: CachedTokens
    /// The `type` values that end a stream, and how.
    let endings: [(type: StaticString, ending: StreamEnding)]
    /// A whole event's data that ends a stream without being JSON.
    let sentinel: StaticString?
}

/// Where a dialect counts the input tokens that came from a cache.
enum CachedTokens: Sendable {
    /// A member of a further object; the count of input tokens includes them.
    case within(StaticString, member: StaticString)
    /// Members of `usage`, which the count of input tokens leaves out: those read from the cache, and those written.
    case beside(read: StaticString, written: StaticString)
}
