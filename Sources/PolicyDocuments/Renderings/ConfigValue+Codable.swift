package import Policy

/// As JSON. Numbers with a fraction and dates have no one spelling there, and no key that we hand out needs them.
extension ConfigValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let array = try? container.decode([ConfigValue].self) {
            self = .array(array)
        } else {
            self = .table(try container.decode([String: ConfigValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let string): try container.encode(string)
        case .integer(let integer): try container.encode(integer)
        case .bool(let bool): try container.encode(bool)
        case .array(let array): try container.encode(array)
        case .table(let table): try container.encode(table)
        case .double, .other:
            let problem = "\(kind) has no canonical form"
            throw EncodingError.invalidValue(self, .init(codingPath: encoder.codingPath, debugDescription: problem))
        }
    }
}
