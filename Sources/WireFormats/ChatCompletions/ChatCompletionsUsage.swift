extension UsageNames {
    /// OpenAI Chat Completions: a chunk with `"usage":{"prompt_tokens":…}`, then `data: [DONE]`.
    static let chatCompletions = UsageNames(
        envelope: nil,
        input: "prompt_tokens",
        output: "completion_tokens",
        inputDetails: "prompt_tokens_details",
        cached: "cached_tokens",
        endings: [],
        sentinel: "[DONE]"
    )
}
