import Subprocess

/// The Codex of this machine.
enum CodexProgram {
    /// Runs `codex --version`; nil if there is none, or it does not answer within five seconds.
    static func version() async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                let result = try? await run(
                    .name("codex"),
                    arguments: ["--version"],
                    output: .string(limit: 4_096),
                    error: .discarded
                )
                guard let text = result?.standardOutput else { return nil }
                return parse(text)
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(5))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// `codex-cli 0.163.0` → `0.163.0`.
    static func parse(_ output: String) -> String? {
        let words = output.split(whereSeparator: \.isWhitespace)
        return words.first { $0.first?.isNumber ?? false && $0.contains(".") }.map(String.init)
    }
}
