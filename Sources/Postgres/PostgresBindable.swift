/// A value that can stand in a statement as a parameter.
package protocol PostgresBindable: Sendable {
    /// What the server is told about the parameter's type, also when the value is NULL.
    static var postgresType: PostgresType { get }
    var postgresParameter: SQLParameter.Value { get }
}

/// A value that can be read from a column. The bytes are the type's text form.
package protocol PostgresDecodable: Sendable {
    /// Nil when the bytes are not such a value.
    static func decode(postgres text: Span<UInt8>) -> Self?
    /// What NULL becomes; nil where NULL is an error.
    static var postgresNull: Self? { get }
}

/// What a type with a canonical text form adopts to be bound, read and put in arrays: an empty extension suffices.
package typealias PostgresValue = PostgresArrayElement & PostgresBindable & PostgresDecodable

extension PostgresBindable where Self: LosslessStringConvertible {
    package static var postgresType: PostgresType { .unspecified }
    package var postgresParameter: SQLParameter.Value { .text(description) }
}

extension PostgresBindable where Self: RawRepresentable<String> {
    package static var postgresType: PostgresType { .unspecified }
    package var postgresParameter: SQLParameter.Value { .text(rawValue) }
}

extension PostgresDecodable {
    package static var postgresNull: Self? { nil }
}

extension PostgresDecodable where Self: LosslessStringConvertible {
    package static func decode(postgres text: Span<UInt8>) -> Self? {
        string(text).flatMap(Self.init)
    }
}

extension PostgresDecodable where Self: RawRepresentable<String> {
    package static func decode(postgres text: Span<UInt8>) -> Self? {
        string(text).flatMap(Self.init(rawValue:))
    }
}

extension Optional: PostgresBindable where Wrapped: PostgresBindable {
    package static var postgresType: PostgresType { Wrapped.postgresType }

    package var postgresParameter: SQLParameter.Value {
        switch self {
        case .none: .null
        case .some(let value): value.postgresParameter
        }
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package static func decode(postgres text: Span<UInt8>) -> Wrapped?? {
        switch Wrapped.decode(postgres: text) {
        case .none: .none
        case .some(let value): .some(value)
        }
    }

    package static var postgresNull: Wrapped?? { .some(.none) }
}

/// The bytes as text; nil when they are not UTF-8.
func string(_ bytes: Span<UInt8>) -> String? {
    guard let valid = try? UTF8Span(validating: bytes) else { return nil }
    return String(copying: valid)
}
