/// What becomes of a provider's response header on its way to the client. `Set-Cookie`, `Server`, `Via`, `Alt-Svc`,
/// `Location`, CORS and everything else that is not named here stays behind.
package enum ResponseFieldRule: Hashable, Sendable {
    case forward
    /// The provider's own request id: sent on under another name, since `x-request-id` is ours.
    case requestID
    case drop
}

package enum ResponseHeaders {
    private static let forwarded = FieldTable(
        names: [
            "apim-request-id", "cache-control", "content-encoding", "content-language", "content-type",
            "openai-model", "openai-processing-ms", "openai-version", "ratelimit", "ratelimit-limit",
            "ratelimit-policy", "ratelimit-remaining", "ratelimit-reset", "retry-after", "retry-after-ms",
            "x-models-etag", "x-ms-request-id", "x-reasoning-included",
        ],
        prefixes: ["anthropic-ratelimit-", "x-codex-", "x-ratelimit-"]
    )

    private static let requestIDs = FieldTable(names: ["request-id", "x-request-id"])

    /// The rule for a lower-case name.
    package static func rule(for name: Span<UInt8>) -> ResponseFieldRule {
        if forwarded.contains(name) { return .forward }
        if requestIDs.contains(name) { return .requestID }
        return .drop
    }
}
