extension UsageNames {
    /// Anthropic Messages: `message_start` has `{"message":{"usage":{"input_tokens":…}}}`, every `message_delta` the
    /// output counted so far in `usage` at the top level, where a whole answer has it too.
    static let messages = UsageNames(
        envelope: "message",
        input: "input_tokens",
        output: "output_tokens",
        cached: .beside(read: "cache_read_input_tokens", written: "cache_creation_input_tokens"),
        endings: [("message_stop", .completed), ("error", .failed)],
        sentinel: nil
    )
}
