import FoundationEssentials

/// One spelling of a value as JSON: keys sorted, no blanks, slashes as they are.
enum CanonicalJSON {
    static func bytes(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Decodes only bytes that are the one spelling of what they say: an unknown key, a duplicate one or another
    /// order is refused.
    static func decode<T: Codable>(_: T.Type, from bytes: [UInt8]) -> T? {
        guard bytes.count <= 4 << 20, let value = try? JSONDecoder().decode(T.self, from: Data(bytes)) else {
            return nil
        }
        return (try? self.bytes(value)) == bytes ? value : nil
    }
}
