import CLibPQ
import Glibc

extension Connection {
    /// Runs a `COPY … FROM STDIN` with the chunks as its input, and returns how many rows arrived.
    func copyIn(
        _ statement: SQL,
        chunks: [[UInt8]],
        isBinary: Bool?,
        _ patience: Patience
    ) throws(PostgresError) -> Int {
        if let defect = statement.defect { throw .unsendable(defect) }
        let parameters = try BoundParameters(statement.parameters)
        guard send(statement, parameters) else { throw broken(.lost) }
        guard let start = try nextResult(patience) else { throw broken(.lost) }
        guard start.status == PGRES_COPY_IN else { throw try refusal(start, statement, patience) }
        if let isBinary, start.isBinaryCopy != isBinary {
            try endCopy(aborting: "the format of COPY is another one", patience)
            while try nextResult(patience) != nil {}
            throw .misuse("the format of COPY is another one than that of the rows")
        }
        for chunk in chunks { try put(chunk, patience) }
        try endCopy(aborting: nil, patience)
        return try finish(statement, patience).affectedRows
    }

    private func put(_ chunk: [UInt8], _ patience: Patience) throws(PostgresError) {
        guard let count = Int32(exactly: chunk.count) else { throw broken(.unsendable("a chunk is too large")) }
        while true {
            let status = unsafe chunk.withUnsafeBytes { bytes in
                unsafe PQputCopyData(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), count)
            }
            if status == 1 { return }
            guard status == 0 else { throw broken(.lost) }
            try makeRoom(patience)
        }
    }

    private func endCopy(aborting reason: String?, _ patience: Patience) throws(PostgresError) {
        while true {
            let status = unsafe PQputCopyEnd(handle, reason)
            if status == 1 { return }
            guard status == 0 else { throw broken(.lost) }
            try makeRoom(patience)
        }
    }

    private func makeRoom(_ patience: Patience) throws(PostgresError) {
        try wait(for: POLLIN | POLLOUT, patience)
        guard unsafe PQconsumeInput(handle) == 1, unsafe PQflush(handle) >= 0 else { throw broken(.lost) }
    }

    private func finish(_ statement: SQL, _ patience: Patience) throws(PostgresError) -> QueryResult {
        guard let result = try nextResult(patience) else { throw broken(.lost) }
        guard result.status == PGRES_COMMAND_OK else { throw try refusal(result, statement, patience) }
        while try nextResult(patience) != nil {}
        return result
    }

    private func refusal(
        _ result: QueryResult,
        _ statement: SQL,
        _ patience: Patience
    ) throws(PostgresError) -> PostgresError {
        guard result.status == PGRES_FATAL_ERROR else {
            return broken(.misuse("the statement is not a COPY … FROM STDIN"))
        }
        let failure = result.serverError.sanitized(statement: statement.text, parameters: statement.parameters)
        while try nextResult(patience, after: failure) != nil {}
        return settled(failure)
    }
}
