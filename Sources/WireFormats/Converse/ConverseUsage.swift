extension UsageNames {
    /// Bedrock Converse, whole answers: `{"usage":{"inputTokens":…}}`.
    static let converse = UsageNames(
        envelope: nil,
        input: "inputTokens",
        output: "outputTokens",
        cached: .beside(read: "cacheReadInputTokens", written: "cacheWriteInputTokens"),
        endings: [],
        sentinel: nil
    )
}
