extension UsageNames {
    /// OpenAI Responses: `{"type":"response.completed","response":{"usage":{"input_tokens":…}}}`; a whole answer has
    /// `usage` at the top level.
    static let responses = UsageNames(
        envelope: "response",
        input: "input_tokens",
        output: "output_tokens",
        cached: .within("input_tokens_details", member: "cached_tokens"),
        endings: [
            ("response.completed", .completed),
            ("response.incomplete", .incomplete),
            ("response.failed", .failed),
            ("error", .failed),
        ],
        sentinel: nil
    )
}
