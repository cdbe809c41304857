import FoundationEssentials

/// What the echo provider reads of a request, in either dialect: the model and the last text a user wrote.
struct EchoQuestion: Decodable, Sendable {
    let model: String
    /// The answer to give.
    var echo: String { "You said: " + lastUserText }

    private let lastUserText: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        model = try container.decode(String.self, forKey: .model)
        let turns = try container.decodeIfPresent([Turn].self, forKey: .input) ?? []
        let messages = try container.decodeIfPresent([Turn].self, forKey: .messages) ?? []
        lastUserText = (turns + messages).last { $0.role == "user" && !$0.text.isEmpty }?.text ?? "nothing"
    }

    private enum Key: String, CodingKey {
        case model
        case input
        case messages
    }

    /// One item of `input` or `messages`; items without a role (tool calls and their outputs) are passed over.
    private struct Turn: Decodable {
        let role: String?
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            role = try container.decodeIfPresent(String.self, forKey: .role)
            if let text = try? container.decode(String.self, forKey: .content) {
                self.text = text
            } else {
                let parts = (try? container.decode([Part].self, forKey: .content)) ?? []
                text = parts.compactMap(\.text).joined(separator: "\n")
            }
        }

        private enum Key: String, CodingKey {
            case role
            case content
        }
    }

    private struct Part: Decodable {
        let text: String?
    }
}
