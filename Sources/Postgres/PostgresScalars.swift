package import struct FoundationEssentials.UUID

// The scalar types. Text has no declared type, so that it also fits uuid, jsonb, enum and domain columns; where the
// server cannot infer one, the statement casts: `\(name)::text`.

extension String: PostgresValue {}

extension Int64: PostgresValue {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }
}

extension Int: PostgresValue {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }
}

extension Int32: PostgresValue {
    package static var postgresType: PostgresType { .int4 }
    package static var postgresArrayType: PostgresType { .int4Array }
}

extension Double: PostgresValue {
    package static var postgresType: PostgresType { .float8 }
    package static var postgresArrayType: PostgresType { .float8Array }
}

extension Bool: PostgresValue {
    package static var postgresType: PostgresType { .bool }
    package static var postgresArrayType: PostgresType { .boolArray }

    package static func decode(postgres text: Span<UInt8>) -> Bool? {
        guard text.count == 1 else { return nil }
        switch text[0] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }
}

extension UUID: PostgresValue {
    package static var postgresType: PostgresType { .uuid }
    package static var postgresArrayType: PostgresType { .uuidArray }
    package var postgresParameter: SQLParameter.Value { .text(uuidString) }

    package static func decode(postgres text: Span<UInt8>) -> UUID? {
        string(text).flatMap(UUID.init(uuidString:))
    }
}
