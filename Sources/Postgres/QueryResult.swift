import CLibPQ

/// One result as libpq hands it over; freed with its last row.
///
/// `@unchecked`: a `PGresult` is never changed after it was received, and libpq allows reading it from any thread.
@safe
final class QueryResult: @unchecked Sendable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe PQclear(handle) }

    var status: ExecStatusType { unsafe PQresultStatus(handle) }
    var rowCount: Int { Int(unsafe PQntuples(handle)) }
    var columnCount: Int { Int(unsafe PQnfields(handle)) }
    var isBinaryCopy: Bool { unsafe PQbinaryTuples(handle) == 1 }

    /// `INSERT 0 1`, `COMMIT` …
    var commandTag: String { unsafe Self.text(PQcmdStatus(handle)) ?? "" }

    /// The number of rows that the command touched; 0 for commands that touch none.
    var affectedRows: Int { unsafe Self.text(PQcmdTuples(handle)).flatMap(Int.init) ?? 0 }

    var serverError: ServerError {
        ServerError(
            code: field("C"),
            primary: field("M"),
            constraint: field("n"),
            table: field("t"),
            column: field("c")
        )
    }

    func columnName(_ column: Int) -> String { unsafe Self.text(PQfname(handle, Int32(column))) ?? "" }

    /// The column's position; nil when there is none of that name.
    func column(named name: String) -> Int? {
        // Not PQfnumber, which folds case unless the name is quoted.
        (0..<columnCount).first { columnName($0) == name }
    }

    /// Lends the bytes of a value; nil is NULL. Row and column must exist.
    func withValue<Result>(row: Int, column: Int, _ body: (Span<UInt8>?) -> Result) -> Result {
        precondition(0..<rowCount ~= row && 0..<columnCount ~= column, "a row asked for a value outside its result")
        let row = Int32(row)
        let column = Int32(column)
        if unsafe PQgetisnull(handle, row, column) == 1 { return body(nil) }
        guard let start = unsafe PQgetvalue(handle, row, column) else { return body(nil) }
        let count = Int(unsafe PQgetlength(handle, row, column))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return unsafe bytes.withMemoryRebound(to: UInt8.self) { body(unsafe Span(_unsafeElements: $0)) }
    }

    /// A field of an error, by the letter that `PG_DIAG_…` gives it.
    private func field(_ letter: Unicode.Scalar) -> String? {
        unsafe Self.text(PQresultErrorField(handle, Int32(letter.value)))
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0) }
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0) }
    }
}
