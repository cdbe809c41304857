import ControlAPI

/// One row for eyes: a record of its own, or an intent with what came of it.
///
/// A relayed call leaves two records, written before and after; people think of it as one thing.
struct AuditCall: Hashable, Sendable {
    /// The first record.
    let record: [String: AuditFieldValue]
    private(set) var outcome: [String: AuditFieldValue]?

    /// Joins outcomes to the intents among the entries, in the order of the intents.
    static func join(_ entries: [AuditEntry]) -> [AuditCall] {
        var calls: [AuditCall] = []
        var positions: [String: Int] = [:]
        for entry in entries {
            if let intent = entry.record["intent"]?.text, let position = positions[intent] {
                calls[position].outcome = entry.record
                continue
            }
            if let id = entry.record["id"]?.text { positions[id] = calls.count }
            calls.append(AuditCall(record: entry.record, outcome: nil))
        }
        return calls
    }

    /// A field of the outcome, else of the first record; a dash where neither has it.
    func text(_ field: String) -> String { value(field) ?? "-" }

    private func value(_ field: String) -> String? { outcome?[field]?.text ?? record[field]?.text }

    static let columns: [Table.Column] = [
        .init(title: "TIME"), .init(title: "KIND"), .init(title: "ACTOR"), .init(title: "PROFILE"),
        .init(title: "PROVIDER"), .init(title: "MODEL"), .init(title: "DECISION"),
        .init(title: "STATUS", alignment: .right), .init(title: "TOKENS IN/OUT", alignment: .right),
        .init(title: "BYTES IN/OUT", alignment: .right), .init(title: "TIME TAKEN", alignment: .right),
    ]

    var cells: [String] {
        [
            time, kind, actor, text("profile"), text("provider"), text("model"), decision, text("status"),
            pair("input_tokens", "output_tokens"), pair("request_bytes", "response_bytes"),
            value("duration_ms").map { $0 + " ms" } ?? "-",
        ]
    }

    /// `2026-07-01 13:05:09`: a record has microseconds, a row has not the room.
    private var time: String {
        let text = record["at"]?.text ?? "-"
        return String(text.prefix(19)).replacing("T", with: " ")
    }

    /// The two records of a call are one `relay`.
    private var kind: String {
        let kind = record["kind"]?.text ?? "-"
        guard kind == "relay.intent" else { return kind }
        switch outcome?["kind"]?.text ?? record["settlement"]?.text {
        case "outcome.unknown": return "relay (outcome unknown)"
        case "relay.abandoned": return "relay (abandoned)"
        case nil: return "relay (open)"
        default: return "relay"
        }
    }

    /// An id is too long for a row; its first group tells people of one organization apart.
    private var actor: String {
        guard let id = record["actor_id"]?.text else { return "-" }
        let kind = record["actor_kind"]?.text ?? ""
        return (kind.isEmpty || kind == "user" ? "" : kind + " ") + String(id.prefix(8))
    }

    private var decision: String {
        let decision = text("decision")
        return value("reason").map { decision == "-" ? $0 : "\(decision) (\($0))" } ?? decision
    }

    private func pair(_ first: String, _ second: String) -> String {
        guard value(first) != nil || value(second) != nil else { return "-" }
        return text(first) + "/" + text(second)
    }
}

extension AuditFieldValue {
    /// The value as a cell; nil for null.
    var text: String? {
        switch self {
        case .string(let value): value
        case .integer(let value): String(value)
        case .bool(let value): value ? "yes" : "no"
        case .strings(let values): values.joined(separator: ",")
        case .null: nil
        }
    }
}
