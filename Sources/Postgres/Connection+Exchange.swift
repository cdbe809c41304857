import CLibPQ
import Glibc

extension Connection {
    /// Sends groups of statements in one go and returns their results in order. Each group is followed by a Sync: it is
    /// one implicit transaction, unless it opens or is in an explicit one.
    ///
    /// Throws the first error, after all answers were read. The others of its group did not happen.
    func run(_ groups: [[SQL]], _ patience: Patience) throws(PostgresError) -> [QueryResult] {
        let statements = groups.flatMap(\.self)
        // Before anything is sent, so that a statement that cannot be sent leaves the connection as it was.
        let bound = try statements.map { statement throws(PostgresError) in
            if let defect = statement.defect { throw .unsendable(defect) }
            return try BoundParameters(statement.parameters)
        }
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw broken(.lost) }
        var next = bound.makeIterator()
        for group in groups {
            for statement in group {
                guard let parameters = next.next() else { break }
                guard send(statement, parameters) else { throw broken(.lost) }
            }
            guard unsafe PQpipelineSync(handle) == 1 else { throw broken(.lost) }
        }
        let results = try receive(statements, syncs: groups.count, patience)
        guard unsafe PQexitPipelineMode(handle) == 1 else { throw broken(.lost) }
        return results
    }

    /// Sends one text of several statements by the simple protocol, where nothing can be bound.
    func runScript(_ script: String, _ patience: Patience) throws(PostgresError) {
        guard !script.utf8.contains(0) else { throw .unsendable("a script holds a zero character") }
        guard unsafe PQsendQuery(handle, script) == 1 else { throw broken(.lost) }
        var failure: PostgresError?
        while let result = try nextResult(patience, after: failure) {
            switch result.status {
            case PGRES_FATAL_ERROR: failure = failure ?? result.serverError.sanitized(statement: script)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: throw broken(.copyOutOfPlace)
            default: break
            }
        }
        if let failure { throw settled(failure) }
    }

    func send(_ statement: SQL, _ parameters: BoundParameters) -> Bool {
        let text = statement.text
        return unsafe parameters.withPointers { pointers in
            unsafe PQsendQueryParams(
                handle,
                text,
                pointers.count,
                pointers.types,
                pointers.values,
                pointers.lengths,
                pointers.formats,
                0
            ) == 1
        }
    }

    private func receive(
        _ statements: [SQL],
        syncs: Int,
        _ patience: Patience
    ) throws(PostgresError) -> [QueryResult] {
        var results: [QueryResult] = []
        var failure: PostgresError?
        var remaining = syncs
        // Each statement's answer ends with a nil; more of them than statements means that nothing is to come.
        var ends = 0
        while remaining > 0 {
            guard let result = try nextResult(patience, after: failure) else {
                ends += 1
                guard ends <= statements.count + syncs else { throw broken(failure ?? .lost) }
                continue
            }
            switch result.status {
            case PGRES_PIPELINE_SYNC: remaining -= 1
            case PGRES_PIPELINE_ABORTED: break
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: results.append(result)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: throw broken(.copyOutOfPlace)
            default:
                // All before it succeeded, so their number says which one it is.
                let culprit = results.count < statements.count ? statements[results.count] : ""
                failure =
                    failure
                    ?? result.serverError.sanitized(statement: culprit.text, parameters: culprit.parameters)
            }
        }
        if let failure { throw settled(failure) }
        guard results.count == statements.count else { throw broken(.lost) }
        return results
    }

    /// The next result; nil at the end of a statement's answer. `failure` is what the server said before it went away.
    func nextResult(_ patience: Patience, after failure: PostgresError? = nil) throws(PostgresError) -> QueryResult? {
        while true {
            let unsent = unsafe PQflush(handle)
            if unsafe PQisBusy(handle) == 0 {
                return unsafe PQgetResult(handle).map { unsafe QueryResult($0) }
            }
            try wait(for: unsent == 1 ? POLLIN | POLLOUT : POLLIN, patience)
            if unsafe PQconsumeInput(handle) == 0, unsafe PQisBusy(handle) == 1 {
                throw broken(failure ?? .lost)
            }
        }
    }

    /// The error as it is; the connection is broken if the server closed it with that error.
    func settled(_ failure: PostgresError) -> PostgresError {
        if unsafe PQstatus(handle) != CONNECTION_OK { return broken(failure) }
        return failure
    }
}

extension PostgresError {
    fileprivate static let copyOutOfPlace = misuse("COPY goes through copyIn")
}
