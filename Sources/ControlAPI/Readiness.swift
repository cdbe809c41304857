/// `GET /readyz`: 200 when this process can serve from its snapshot, else 503.
package struct Readiness: Codable, Hashable, Sendable {
    /// Requests can be authenticated, authorised and recorded.
    package var canServe: Bool
    /// The database takes writes.
    package var canWrite: Bool
    /// Why not, one sentence each.
    package var reasons: [String]

    package enum CodingKeys: String, CodingKey {
        case canServe = "can_serve"
        case canWrite = "can_write"
        case reasons
    }

    package init(canServe: Bool, canWrite: Bool, reasons: [String]) {
        self.canServe = canServe
        self.canWrite = canWrite
        self.reasons = reasons
    }
}
