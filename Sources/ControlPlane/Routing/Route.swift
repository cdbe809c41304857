package import Audit

/// One route of the control API, with everything that is decided before its handler runs.
package struct Route: Hashable, Sendable {
    package enum Method: String, Hashable, Sendable, CaseIterable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    package enum Action: Hashable, Sendable {
        case open(OpenAction)
        case guarded(GuardedAction, Access)
    }

    package let method: Method
    package let path: PathPattern
    package let action: Action
    /// The largest body, in bytes.
    package let bodyLimit: Int
    /// Whether callers are counted by address before anything else happens.
    package let isRateLimited: Bool
    /// What it records when it did what was asked; nil where reading leaves no trace.
    package let records: AuditKind?

    static let standardBody = 1 << 20

    init(
        _ method: Method,
        _ path: String,
        _ action: Action,
        bodyLimit: Int = Route.standardBody,
        isRateLimited: Bool = false,
        records: AuditKind? = nil
    ) {
        self.method = method
        self.path = PathPattern(path)
        self.action = action
        self.bodyLimit = bodyLimit
        self.isRateLimited = isRateLimited
        self.records = records
    }
}
