import ControlAPI

/// What is different between two sets of documents, for people to read.
enum DocumentChanges {
    /// A file with more lines than this, in one of its two forms, is named and not compared.
    static let mostLines = 2000

    static func between(_ old: [String: String], _ new: [String: String]) -> [PolicyPlan.Change] {
        Set(old.keys).union(new.keys).sorted().compactMap { file in
            switch (old[file], new[file]) {
            case (nil, let text?): PolicyPlan.Change(action: "added", file: file, lines: lines(from: "", to: text))
            case (let text?, nil): PolicyPlan.Change(action: "removed", file: file, lines: lines(from: text, to: ""))
            case (let before?, let after?) where before != after:
                PolicyPlan.Change(action: "changed", file: file, lines: lines(from: before, to: after))
            default: nil
            }
        }
    }

    /// Changed lines with up to two unchanged ones around them.
    private static func lines(from old: String, to new: String) -> [String] {
        let before = split(old)
        let after = split(new)
        guard before.count <= mostLines, after.count <= mostLines else { return [] }
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        return withContext(merged(before, after, removed, inserted))
    }

    private static func merged(
        _ before: [Substring],
        _ after: [Substring],
        _ removed: Set<Int>,
        _ inserted: Set<Int>
    ) -> [String] {
        var lines: [String] = []
        var (left, right) = (0, 0)
        while left < before.count || right < after.count {
            if removed.contains(left), left < before.count {
                lines.append("-" + before[left])
                left += 1
            } else if inserted.contains(right), right < after.count {
                lines.append("+" + after[right])
                right += 1
            } else {
                if left < before.count { lines.append(" " + before[left]) }
                left += 1
                right += 1
            }
        }
        return lines
    }

    private static func withContext(_ lines: [String]) -> [String] {
        lines.indices.filter { index in
            let near = max(0, index - 2)...min(lines.count - 1, index + 2)
            return lines[near].contains { !$0.hasPrefix(" ") }
        }.map { lines[$0] }
    }

    private static func split(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines
    }
}
