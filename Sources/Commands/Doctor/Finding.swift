/// One thing that was looked at.
struct Finding: Encodable, Hashable, Sendable {
    enum Level: String, Encodable, Hashable, Sendable {
        case fine = "ok"
        case warning
        case failure
    }

    let check: String
    let level: Level
    /// What was seen.
    let detail: String
    /// What to do; nil where nothing needs doing.
    var advice: String?
}
