import Audit
import ControlAPI
import Policy

/// Whether the process lives, and what it could do now.
struct HealthRoutes: Sendable {
    let parts: ControlParts

    func health() -> ControlAnswer {
        ControlAnswer(status: 200, contentType: "application/json", body: Array(#"{"status":"ok"}"#.utf8))
    }

    /// Serving needs a snapshot and a journal that takes records; writing needs the database too.
    func readiness() throws -> ControlAnswer {
        var reasons: [String] = []
        let hasSnapshot = parts.snapshots.lastVerified != nil
        if !hasSnapshot { reasons.append("No snapshot has been loaded yet.") }
        let canRecord: Bool
        switch parts.audit.state {
        case .writable, .throttled: canRecord = true
        case .full, .unwritable, .closed: canRecord = false
        }
        if !canRecord { reasons.append("The audit journal takes no records.") }
        let canWrite = parts.snapshots.isVerified
        if !canWrite { reasons.append("The database cannot be reached.") }
        if !parts.refusedOrganizations().isEmpty {
            reasons.append("The newest policy of an organization does not compile; its last good one serves.")
        }
        let readiness = Readiness(canServe: hasSnapshot && canRecord, canWrite: canWrite && canRecord, reasons: reasons)
        return try .json(readiness, status: readiness.canServe ? 200 : 503)
    }
}
