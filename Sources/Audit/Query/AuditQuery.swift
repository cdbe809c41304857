/// A reviewer's question to the ledger: `profile:production since:1h model:gpt-* decision:deny -provider:azure`.
///
/// All terms must hold; within one term, values separated by commas are alternatives. A value: every query is made of
/// this, and the store alone turns it into SQL parameters.
package struct AuditQuery: Hashable, Sendable {
    package var terms: [Term] = []
    /// Inclusive; nil is unbounded.
    package var since: Moment?
    /// Exclusive; nil is unbounded.
    package var until: Moment?

    package init() {}

    /// One condition on one field.
    package struct Term: Hashable, Sendable {
        package let field: Field
        package let isNegated: Bool
        /// At least one; any of them satisfies the term.
        package let matches: [Match]
    }

    /// What can be asked for.
    package enum Field: String, Hashable, Sendable, CaseIterable {
        case actor
        case profile
        case provider
        case model
        case decision
        case reason
        case kind
        case status
        case request
    }

    /// What a field must be.
    package enum Match: Hashable, Sendable {
        case exactly(String)
        /// Contains at least one `*`, which stands for any run of characters.
        case pattern(String)
        /// For `status`: `503`, `5xx`, `400..499`, `>=400`, `<400`.
        case number(ClosedRange<Int64>)
    }

    /// A point in time, given or counted back from the moment the query is run.
    package enum Moment: Hashable, Sendable {
        /// Microseconds since 1970, UTC.
        case at(Int64)
        /// Microseconds before now.
        case ago(Int64)

        /// Microseconds since 1970, UTC.
        package func resolved(now: Int64) -> Int64 {
            switch self {
            case .at(let moment): moment
            case .ago(let span): now.subtractingReportingOverflow(span).partialValue
            }
        }
    }
}

extension AuditQuery.Match {
    /// The operand of SQL's `LIKE` with `ESCAPE '\'`; nil for what is no pattern.
    package var likeOperand: String? {
        guard case .pattern(let pattern) = self else { return nil }
        var operand = ""
        for character in pattern.unicodeScalars {
            switch character {
            case "*": operand.append("%")
            case "%", "_", "\\":
                operand.append("\\")
                operand.unicodeScalars.append(character)
            default: operand.unicodeScalars.append(character)
            }
        }
        return operand
    }
}

/// What is wrong with a query, and where.
package struct AuditQueryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Characters from the start of the query, from 1.
    package let column: Int
    /// A sentence that says what to write instead.
    package let message: String

    package var description: String { "column \(column): \(message)" }
}
