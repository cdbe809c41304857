/// What somebody may have meant.
enum NearMiss {
    /// The candidate closest to a word, if it is close enough to be worth saying.
    static func suggestion(for word: String, among candidates: some Sequence<String>) -> String? {
        let plain = simplified(word)
        guard plain.count <= 64 else { return nil }
        let limit = plain.count <= 4 ? 1 : plain.count <= 8 ? 2 : 3
        var best: (word: String, distance: Int)?
        for candidate in candidates.sorted() {
            let distance = distance(plain, simplified(candidate))
            if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Case, dashes and underscores are the commonest slips of all.
    private static func simplified(_ text: String) -> [Character] {
        text.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "." }
    }

    /// Levenshtein distance.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var next = [i + 1]
            for (j, b) in right.enumerated() {
                next.append(min(row[j] + (a == b ? 0 : 1), row[j + 1] + 1, next[j] + 1))
            }
            row = next
        }
        return row.last ?? left.count
    }
}
