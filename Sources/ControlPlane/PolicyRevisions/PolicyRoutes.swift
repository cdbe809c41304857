import Audit
import ControlAPI
import Cryptography
import FoundationEssentials
import Model
import Policy
import PolicyDocuments
import Store

/// Policy documents on their way to a revision.
struct PolicyRoutes: Sendable {
    let parts: ControlParts

    static let mostFiles = 1000

    func plan(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let files = try files(request).files
        let (policy, warnings) = try load(files, for: caller)
        let current = try await parts.store.policies.current(in: caller.scope)
        return try .json(
            PolicyPlan(
                baseVersion: current?.summary.number ?? 0,
                digest: policy.digest.hex,
                changes: DocumentChanges.between(current?.documents ?? [:], files),
                affected: AffectedSubjects.count(in: caller.organization, under: policy),
                warnings: warnings
            )
        )
    }

    func apply(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let shape = try files(request)
        guard let base = shape.baseVersion, base >= 0 else {
            throw ControlRefusal(.malformedRequest, detail: "`base_version` must be the version of a plan.")
        }
        let policy: PolicySet
        do {
            policy = try load(shape.files, for: caller).policy
        } catch {
            try await parts.audit.record(
                caller.record(
                    .policyRefused,
                    request,
                    ["decision": "deny", "reason": .string(error.failure.rawValue), "revision": .integer(base)]
                )
            )
            throw error
        }
        let applied = try await parts.store.policies.apply(
            shape.files,
            policy: policy,
            base: base,
            by: caller.principal,
            in: caller.scope
        ) { number in
            caller.record(
                .policyApplied,
                request,
                ["revision": .integer(number), "detail": .string(policy.digest.hex)]
            )
        }
        await parts.published(caller.scope.organization)
        return try .json(
            ControlAPI.PolicyRevision(
                revision: applied.revision,
                digest: policy.digest.hex,
                author: caller.subject.id,
                appliedAt: request.seconds
            ),
            status: 201
        )
    }

    func history(_ caller: Caller) async throws -> ControlAnswer {
        let revisions = try await parts.store.policies.history(in: caller.scope)
        return try .json(
            PolicyHistory(
                revisions: revisions.map {
                    ControlAPI.PolicyRevision(
                        revision: $0.number,
                        digest: $0.digest.hex,
                        author: $0.authorID.uuidString.lowercased(),
                        appliedAt: $0.appliedAt.wholeSeconds
                    )
                }
            )
        )
    }

    private func files(_ request: ControlRequest) throws -> PolicyRequest {
        let shape = try request.decoded(as: PolicyRequest.self)
        guard shape.files.count <= Self.mostFiles else {
            throw ControlRefusal(.malformedRequest, detail: "There may be \(Self.mostFiles) files at most.")
        }
        return shape
    }

    /// Every error at once. The platform's layer is the operator's: nobody uploads it here.
    private func load(
        _ files: [String: String],
        for caller: Caller
    ) throws(ControlRefusal) -> (policy: PolicySet, warnings: [DocumentDiagnostic]) {
        let outcome = PolicyLoader.load(
            files: files,
            organization: caller.organization.name,
            egress: parts.egress,
            credentials: caller.organization.credentials.mapValues(\.destinations)
        )
        var diagnostics = outcome.diagnostics.map(DocumentDiagnostic.init)
        for path in files.keys.sorted() where path.hasPrefix("platform/") {
            diagnostics.append(
                DocumentDiagnostic(
                    severity: "error",
                    file: path,
                    line: nil,
                    column: nil,
                    key: nil,
                    message: "the platform's layer belongs to the operator",
                    fix: "an organization's documents only"
                )
            )
        }
        guard let policy = outcome.policy, !diagnostics.contains(where: { $0.severity == "error" }) else {
            throw ControlRefusal(.invalidDocument, diagnostics: diagnostics)
        }
        return (policy, diagnostics)
    }
}

extension DocumentDiagnostic {
    fileprivate init(_ diagnostic: Diagnostic) {
        self.init(
            severity: diagnostic.severity.rawValue,
            file: diagnostic.file,
            line: diagnostic.line,
            column: diagnostic.column,
            key: diagnostic.key,
            message: diagnostic.message,
            fix: diagnostic.fix
        )
    }
}
