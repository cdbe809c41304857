import FoundationEssentials

/// The JSON form of a revision's documents, as its column holds them.
enum DocumentsText {
    static func encode(_ documents: [String: String]) throws -> String {
        String(decoding: try JSONEncoder().encode(documents), as: UTF8.self)
    }

    static func decode(_ text: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }
}
