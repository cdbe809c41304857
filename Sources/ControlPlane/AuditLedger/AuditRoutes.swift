import Audit
import ControlAPI
import FoundationEssentials
import Model
import Store

/// The organization's audit, as its auditors read it.
struct AuditRoutes: Sendable {
    let parts: ControlParts

    func query(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        try request.query.allowOnly(["query", "after", "limit"])
        let limit = try request.query.value("limit", as: Int.self) ?? 100
        guard (1...AuditRepository.largestPage).contains(limit) else {
            throw ControlRefusal(.malformedRequest, detail: "`limit` must be from 1 to \(AuditRepository.largestPage).")
        }
        let after = try request.query.value("after", as: Int64.self)
        let query: AuditQuery
        do {
            query = try AuditQuery.parse(request.query["query"] ?? "")
        } catch {
            throw ControlRefusal(.malformedRequest, detail: "The query cannot be read: \(error).")
        }
        let page = try await parts.store.audit.entries(
            query,
            in: caller.scope,
            order: after == nil ? .newestFirst : .oldestFirst,
            after: after,
            limit: limit
        )
        let entries = after == nil ? page.elements.reversed() : page.elements
        return try .json(
            ControlAPI.AuditPage(
                records: entries.map { ControlAPI.AuditEntry(sequence: $0.sequence, record: $0.line) },
                next: entries.last?.sequence ?? after ?? 0
            )
        )
    }
}

extension Store.AuditEntry {
    /// As a flat object, without what is not known.
    fileprivate var line: [String: AuditFieldValue] {
        let texts: [String: String?] = [
            "id": id.map { $0.uuidString.lowercased() }, "at": at.map(Self.time), "kind": kind,
            "settlement": settlement, "actor_kind": actorKind, "actor_id": actorID, "session": session,
            "request_id": requestID, "profile": profile, "provider": provider, "operation": operation,
            "model": model, "decision": decision, "reason": reason, "target": target,
        ]
        let numbers: [String: Int64?] = [
            "status": status, "upstream_status": upstreamStatus, "input_tokens": inputTokens,
            "output_tokens": outputTokens, "cached_tokens": cachedTokens, "request_bytes": requestBytes,
            "response_bytes": responseBytes, "duration_ms": durationMilliseconds,
        ]
        return texts.compactMapValues { $0.map { .string($0) } }
            .merging(numbers.compactMapValues { $0.map { .integer($0) } }) { first, _ in first }
    }

    /// RFC 3339, UTC, milliseconds.
    private static func time(_ microseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
