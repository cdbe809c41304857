extension UsageNames {
    /// OpenAI Chat Completions: a chunk with `"usage":{"prompt_tokens":…}`, then `data: [DONE]`.
    static let chatCompletions = UsageNames(
        envelope: nil,
        input: "prompt_tokens",
        output: "completion_tokens",
        cached: .within("prompt_tokens_details", member: "cached_tokens"),
        endings: [],
        sentinel: "[DONE]"
    )
}
