import Model
import Postgres

/// What a change gave, and the change version under which snapshots will have it.
package struct Published<Value: Sendable>: Sendable {
    package let value: Value
    package let changeVersion: Int64
}

extension PostgresPool {
    /// Reads inside one organization: context and statement travel in one pipeline, so under one implicit transaction.
    func read(in scope: OrganizationScope, _ statement: SQL) async throws -> [Row] {
        let context = OrganizationTransaction.context(scope.organization)
        let results = try await withSession { session in try await session.pipeline([context, statement]) }
        return results.last ?? []
    }

    /// A transaction inside one organization; thrown errors roll it back.
    func change<Value: Sendable>(
        in scope: OrganizationScope,
        _ body: (OrganizationTransaction) async throws -> Value
    ) async throws -> Value {
        try await withSession { session in
            try await session.transaction(synchronousCommit: .on) { session in
                let transaction = OrganizationTransaction(session: session, organization: scope.organization)
                try await transaction.enter(scope.organization)
                return try await body(transaction)
            }
        }
    }

    /// The same for changes that snapshots must see: raises the organization's change version as the last statement.
    func publish<Value: Sendable>(
        in scope: OrganizationScope,
        _ body: (OrganizationTransaction) async throws -> Value
    ) async throws -> Published<Value> {
        try await change(in: scope) { transaction in
            let value = try await body(transaction)
            return Published(value: value, changeVersion: try await transaction.publish())
        }
    }
}
