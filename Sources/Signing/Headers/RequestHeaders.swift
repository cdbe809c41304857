/// What becomes of a client's request header on its way to a provider. Everything not named here is dropped: what is
/// new has to be thought about first.
package enum RequestFieldRule: Hashable, Sendable {
    /// Goes upstream as it is.
    case forward
    /// Says which program, session or thread asks: goes upstream only where the provider's definition says so.
    case metadata
    /// A credential of the client: read by authentication, never sent on.
    case credential
    /// Not sent on.
    case drop
}

package enum RequestHeaders {
    private static let forwarded = FieldTable(names: [
        "accept", "anthropic-beta", "anthropic-version", "content-type", "idempotency-key", "openai-beta",
        "traceparent", "tracestate",
    ])

    private static let metadata = FieldTable(
        names: [
            "originator", "session-id", "thread-id", "user-agent", "version", "x-client-request-id",
            "x-openai-internal-codex-responses-lite", "x-openai-subagent",
        ],
        prefixes: ["x-codex-"]
    )

    private static let credentials = FieldTable(
        names: [
            "api-key", "authorization", "chatgpt-account-id", "cookie", "x-api-key", "x-keyreeve-token",
        ],
        prefixes: ["proxy-", "x-amz-", "x-goog-"]
    )

    /// Headers that end at this hop (RFC 9110, 7.6.1) or say how the message is framed: we write our own.
    private static let hopByHop = FieldTable(
        names: [
            "connection", "content-length", "expect", "host", "http2-settings", "keep-alive", "te", "trailer",
            "transfer-encoding", "upgrade",
        ],
        prefixes: ["proxy-"]
    )

    /// The rule for a lower-case name. Names that the client listed in `Connection` are the caller's to drop.
    package static func rule(for name: Span<UInt8>) -> RequestFieldRule {
        if credentials.contains(name) { return .credential }
        if forwarded.contains(name) { return .forward }
        if metadata.contains(name) { return .metadata }
        return .drop
    }

    /// Whether policy may set a header of this lower-case name: never one that frames the message, ends at this hop,
    /// or carries the credential.
    package static func isInjectable(_ name: Span<UInt8>) -> Bool {
        !hopByHop.contains(name) && !placements.contains(name)
    }

    /// Where a credential may stand. Other names that begin with `x-amz-` or `x-goog-` are a provider's ordinary ones.
    private static let placements = FieldTable(names: [
        "api-key", "authorization", "cookie", "x-amz-security-token", "x-api-key", "x-goog-api-key",
        "x-keyreeve-token",
    ])
}
