import Audit
import ControlAPI
import Cryptography
import FoundationEssentials
import Model
import Policy
import Store

/// Stored credentials: set, listed and deleted, never read back.
struct CredentialRoutes: Sendable {
    let parts: ControlParts

    func list(_ caller: Caller) async throws -> ControlAnswer {
        let all = try await parts.store.credentials.all(in: caller.scope)
        return try .json(CredentialList(credentials: all.map(CredentialEntry.init)))
    }

    /// The body is the value, byte for byte; it goes straight into the arena and never becomes text.
    func set(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let name: CredentialName = try request.parameter("name")
        guard request.head.contentType == CredentialEntry.valueContentType else {
            throw ControlRefusal(
                .malformedRequest,
                detail: "Send the value as the body, with the content type \(CredentialEntry.valueContentType)."
            )
        }
        let destinations = try destinations(request)
        guard (1...CredentialEntry.largestValue).contains(request.body.count) else { throw Failure.malformedRequest }
        // A provider takes it in a header: what cannot stand in one would fail at every request.
        guard request.body.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw ControlRefusal(.malformedRequest, detail: "A credential is printable ASCII, without line breaks.")
        }
        var bytes = request.body
        let value = try parts.arena.store(wiping: &bytes)
        let published = try await parts.store.credentials.set(
            name,
            to: value,
            for: destinations,
            in: caller.scope
        ) { summary in
            caller.record(
                .credentialSet,
                request,
                [
                    "target": .string(name.text), "credential_fingerprint": .string(summary.fingerprint),
                    "revision": .integer(summary.generation), "detail": .string(summary.destinations.list),
                ]
            )
        }
        await parts.published(caller.scope.organization)
        return try .json(CredentialEntry(published.value))
    }

    /// Nil where the request names none.
    private func destinations(_ request: ControlRequest) throws -> CredentialDestinations? {
        try request.query.allowOnly(["for"])
        guard let texts = request.query["for"] else { return nil }
        switch CredentialDestinations.parse(texts.split(separator: " ").map(String.init)) {
        case .success(let destinations): return destinations
        case .failure(let problem): throw ControlRefusal(.malformedRequest, detail: "Not stored: \(problem.message).")
        }
    }

    func delete(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let name: CredentialName = try request.parameter("name")
        _ = try await parts.store.credentials.delete(
            name,
            in: caller.scope,
            record: caller.record(.credentialDeleted, request, ["target": .string(name.text)])
        )
        await parts.published(caller.scope.organization)
        return .noContent
    }
}

extension CredentialEntry {
    fileprivate init(_ summary: CredentialSummary) {
        self.init(
            name: summary.name,
            generation: summary.generation,
            destinations: summary.destinations.texts,
            fingerprint: summary.fingerprint,
            updatedAt: summary.updatedAt.wholeSeconds
        )
    }
}
