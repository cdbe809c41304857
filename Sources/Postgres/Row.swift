/// One row of a result.
package struct Row: Sendable {
    let result: QueryResult
    let index: Int

    package var columns: [String] { (0..<result.columnCount).map(result.columnName) }

    /// The value of a column by its exact name. NULL is an error unless an optional is asked for.
    package func get<Value: PostgresDecodable>(
        _ column: String,
        as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let position = result.column(named: column) else {
            let columns = columns.joined(separator: ", ")
            throw PostgresError(kind: .decoding, message: "no column \"\(column)\" among \(columns)")
        }
        return try decode(position, type)
    }

    /// The value of a column by its position, from 0.
    package func get<Value: PostgresDecodable>(
        at position: Int,
        as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard 0..<result.columnCount ~= position else {
            throw PostgresError(kind: .decoding, message: "no column \(position) among \(result.columnCount)")
        }
        return try decode(position, type)
    }

    private func decode<Value: PostgresDecodable>(
        _ position: Int,
        _ type: Value.Type
    ) throws(PostgresError) -> Value {
        var isNull = false
        let value: Value? = result.withValue(row: index, column: position) { text in
            guard let text else {
                isNull = true
                return Value.postgresNull
            }
            return Value.decode(postgres: text)
        }
        if let value { return value }
        let column = result.columnName(position)
        let problem = isNull ? "is NULL" : "holds something else"
        throw PostgresError(
            kind: .decoding,
            message: "column \"\(column)\" was asked for as \(Value.self) and \(problem)"
        )
    }
}
