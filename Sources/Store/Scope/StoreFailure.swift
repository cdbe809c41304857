package import Model
package import Postgres

extension Failure {
    /// What a caller is told about an error from the store. The cause itself is for the operator's log.
    package init(storeError error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as PostgresError: self = error.failure
        default: self = .internalError
        }
    }
}

/// Whether the database is behind an error, whose description then holds no values.
package func isStoreError(_ error: any Error) -> Bool { error is PostgresError }

extension PostgresError {
    package var failure: Failure {
        switch kind {
        case .connection, .timeout, .cancelled: .storeUnavailable
        case .query where isUniqueViolation || isRetryable: .conflict
        case .query where isForeignKeyViolation: .notFound
        case .query, .decoding, .role: .internalError
        }
    }
}
