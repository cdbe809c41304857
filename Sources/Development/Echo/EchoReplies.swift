import FoundationEssentials

/// One reply in the Responses dialect, as the events of a stream.
struct ResponsesReply: Sendable {
    let model: String
    let text: String

    var events: [String] {
        let id = "resp_" + UUID().uuidString.lowercased()
        let item = "msg_" + UUID().uuidString.lowercased()
        var events = [
            event("response.created", ["response": .object(["id": .string(id), "model": .string(model)])]),
            event("response.output_item.added", ["output_index": .number(0), "item": message(item, content: [])]),
        ]
        events += chunks(of: text).map { piece in
            event("response.output_text.delta", ["item_id": .string(item), "delta": .string(piece)])
        }
        let content = JSON.object(["type": .string("output_text"), "text": .string(text), "annotations": .array([])])
        let done = message(item, content: [content])
        events.append(event("response.output_item.done", ["output_index": .number(0), "item": done]))
        let usage = JSON.object([
            "input_tokens": .number(wordCount(text)), "output_tokens": .number(wordCount(text)),
            "total_tokens": .number(2 * wordCount(text)),
        ])
        let response = JSON.object([
            "id": .string(id), "model": .string(model), "status": .string("completed"), "usage": usage,
            "output": .array([done]),
        ])
        events.append(event("response.completed", ["response": response]))
        return events
    }

    private func message(_ id: String, content: [JSON]) -> JSON {
        .object([
            "id": .string(id), "type": .string("message"), "role": .string("assistant"), "content": .array(content),
        ])
    }

    private func event(_ type: String, _ fields: [String: JSON]) -> String {
        let data = JSON.object(fields.merging(["type": .string(type)]) { field, _ in field })
        return "event: \(type)\ndata: \(data.text)\n\n"
    }
}

/// One reply in the Chat Completions dialect, as the chunks of a stream.
struct ChatReply: Sendable {
    let model: String
    let text: String

    var events: [String] {
        let id = "chatcmpl-" + UUID().uuidString.lowercased()
        var events = chunks(of: text).map { piece in
            chunk(id, delta: .object(["role": .string("assistant"), "content": .string(piece)]), finish: .null)
        }
        let usage = JSON.object([
            "prompt_tokens": .number(wordCount(text)), "completion_tokens": .number(wordCount(text)),
            "total_tokens": .number(2 * wordCount(text)),
        ])
        events.append(chunk(id, delta: .object([:]), finish: .string("stop"), usage: usage))
        events.append("data: [DONE]\n\n")
        return events
    }

    private func chunk(_ id: String, delta: JSON, finish: JSON, usage: JSON? = nil) -> String {
        let choice = JSON.object(["index": .number(0), "delta": delta, "finish_reason": finish])
        var fields: [String: JSON] = [
            "id": .string(id), "object": .string("chat.completion.chunk"), "model": .string(model),
            "choices": .array([choice]),
        ]
        if let usage { fields["usage"] = usage }
        return "data: \(JSON.object(fields).text)\n\n"
    }
}

/// The text in pieces of one word, so that a stream has something to stream.
private func chunks(of text: String) -> [String] {
    text.split(separator: " ", omittingEmptySubsequences: false).enumerated().map { index, word in
        index == 0 ? String(word) : " " + word
    }
}

/// A token is about a word here; enough for a demonstration of metering.
private func wordCount(_ text: String) -> Int {
    max(1, text.split(separator: " ").count)
}

/// The few JSON values that replies are made of.
private indirect enum JSON: Encodable {
    case null
    case number(Int)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let fields): try container.encode(fields)
        }
    }
}
