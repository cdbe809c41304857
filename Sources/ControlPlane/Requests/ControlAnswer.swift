import FoundationEssentials

/// An answer, before it is HTTP.
package struct ControlAnswer: Sendable {
    package var status: Int
    package var contentType: String?
    package var body: [UInt8]
    package var headers: [(name: String, value: String)]

    init(status: Int, contentType: String? = nil, body: [UInt8] = [], headers: [(name: String, value: String)] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// Keys sorted, so that equal answers are equal bytes.
    static func json(_ value: some Encodable, status: Int = 200) throws -> ControlAnswer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ControlAnswer(status: status, contentType: "application/json", body: Array(try encoder.encode(value)))
    }

    static let noContent = ControlAnswer(status: 204)
}
