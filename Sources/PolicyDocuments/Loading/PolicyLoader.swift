package import Cryptography
package import Model
package import Policy

/// What came of loading documents: a policy when there is no error, and everything there is to say.
package struct LoadOutcome: Sendable {
    package let policy: PolicySet?
    package let diagnostics: [Diagnostic]
}

/// Reads all documents of an organization at once, strictly: unknown keys, wrong types and contradictions are refused,
/// each with file and line and what to write instead.
package enum PolicyLoader {
    /// - Parameters:
    ///   - files: Path within the policy folder → TOML text.
    ///   - organization: Whose documents they are; `[organization] id` must say the same.
    ///   - egress: Which providers the operator lets them name.
    ///   - credentials: Where each stored one may be sent, to check documents that are about to be put in force. Nil
    ///     leaves it out: a revision in force is not refused because a credential changed after it.
    package static func load(
        files: [String: String],
        organization: OrganizationName? = nil,
        egress: EgressRules = .strict,
        credentials: [CredentialName: CredentialDestinations]? = nil
    ) -> LoadOutcome {
        var documents = Documents()
        var diagnostics: [Diagnostic] = []
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let reader = DocumentReader(path: path, egress: egress, organization: organization)
            if let document = reader.read(text) { documents.add(document) }
            diagnostics += reader.sink.found
        }
        if documents.organization == nil, !files.keys.contains("organization.toml") {
            diagnostics.append(
                Diagnostic(
                    severity: .error,
                    file: "organization.toml",
                    message: "the organization's own document is missing",
                    fix: "organization.toml with [organization]"
                )
            )
        }
        let policy = documents.policy(digest: digest(of: files))
        // Contradictions between documents are looked for in what could be read, so that all errors come at once.
        diagnostics += PolicyChecks(policy, after: diagnostics).run()
        if let credentials { diagnostics += CredentialChecks(policy, credentials).run() }
        let ordered = diagnostics.ordered
        return LoadOutcome(policy: ordered.hasErrors ? nil : policy, diagnostics: ordered)
    }

    /// Over paths and bytes; the digest of a policy revision.
    package static func digest(of files: [String: String]) -> Digest {
        var writer = CanonicalWriter()
        writer.add(files.sorted { $0.key < $1.key }.map { NamedValue($0.key, $0.value) })
        return writer.digest
    }
}

/// Documents as they are read, on their way to a policy.
private struct Documents {
    var platform: [PolicyLayer] = []
    var organization: PolicyLayer?
    var profiles: [ProfileName: ProfileDocument] = [:]
    var groups: [GroupName: GroupDocument] = [:]
    var users: [UserID: PolicyLayer] = [:]

    mutating func add(_ document: ReadDocument) {
        switch document {
        case .platform(let layer): platform.append(layer)
        case .organization(let layer): organization = layer
        case .profile(let profile): profiles[profile.name] = profile
        case .group(let group): groups[group.name] = group
        case .user(let id, let layer): users[id] = layer
        }
    }

    func policy(digest: Digest) -> PolicySet {
        PolicySet(
            platform: platform,
            organization: organization,
            profiles: profiles,
            groups: groups,
            users: users,
            digest: digest
        )
    }
}
