/// A bound value as it travels to the server.
package struct SQLParameter: Sendable {
    package enum Value: Sendable {
        case null
        /// In the type's text form.
        case text(String)
        /// In the type's binary form.
        case binary([UInt8])
        /// Cannot be expressed in Postgres; the reason holds no value.
        case unsendable(String)
    }

    let type: PostgresType
    let value: Value
}

/// A type's object id in `pg_type`; these are fixed in every server.
package struct PostgresType: Hashable, Sendable {
    package let oid: UInt32

    package init(oid: UInt32) { self.oid = oid }

    /// The server infers the type from where the parameter stands.
    package static let unspecified = Self(oid: 0)
    package static let bool = Self(oid: 16)
    package static let bytea = Self(oid: 17)
    package static let int8 = Self(oid: 20)
    package static let int4 = Self(oid: 23)
    package static let float8 = Self(oid: 701)
    package static let timestamptz = Self(oid: 1184)
    package static let uuid = Self(oid: 2950)

    package static let boolArray = Self(oid: 1000)
    package static let byteaArray = Self(oid: 1001)
    package static let int4Array = Self(oid: 1007)
    package static let textArray = Self(oid: 1009)
    package static let int8Array = Self(oid: 1016)
    package static let float8Array = Self(oid: 1022)
    package static let uuidArray = Self(oid: 2951)
}
