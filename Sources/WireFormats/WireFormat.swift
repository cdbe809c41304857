/// A provider dialect that the relay meters. One folder for each.
package enum WireFormat: Hashable, Sendable, CaseIterable {
    case responses
    case chatCompletions

    var usageNames: UsageNames {
        switch self {
        case .responses: .responses
        case .chatCompletions: .chatCompletions
        }
    }
}

/// Where a dialect writes what a call used. Paths are of JSON object members; array elements never match.
struct UsageNames: Sendable {
    /// A member around `usage` in stream events; nil where `usage` stands at the top level.
    let envelope: StaticString?
    let input: StaticString
    let output: StaticString
    let inputDetails: StaticString
    /// A member of `inputDetails`.
    let cached: StaticString
    /// The `type` values that end a stream, and how.
    let endings: [(type: StaticString, ending: StreamEnding)]
    /// A whole event's data that ends a stream without being JSON.
    let sentinel: StaticString?
}
