import Model
import Policy

/// Whether the providers of documents ask for credentials that may be sent to them. The relay enforces it when it lends
/// one; this says it to the author, at the line, before anything is in force.
struct CredentialChecks {
    private let policy: PolicySet
    private let stored: [CredentialName: CredentialDestinations]

    init(_ policy: PolicySet, _ stored: [CredentialName: CredentialDestinations]) {
        self.policy = policy
        self.stored = stored
    }

    /// Every layer by itself: a table that another layer replaces today may hold for someone tomorrow.
    func run() -> [Diagnostic] {
        layers.flatMap { layer in
            layer.settings.providers.sorted { $0.key < $1.key }.compactMap { finding(about: $0.value, in: layer) }
        }
    }

    private var layers: [PolicyLayer] {
        var layers = policy.platform
        if let organization = policy.organization { layers.append(organization) }
        layers += policy.profiles.values.map(\.layer) + policy.groups.values.map(\.layer)
        return layers + policy.users.values
    }

    private func finding(about provider: Located<ProviderDefinition>, in layer: PolicyLayer) -> Diagnostic? {
        guard let name = provider.value.broker.credential else { return nil }
        let endpoint = provider.value.endpoint
        let setting = "`keyreeve credential set \(name) --for \(endpoint.origin)`"
        func diagnostic(_ severity: Diagnostic.Severity, _ message: String) -> Diagnostic {
            Diagnostic(
                severity: severity,
                file: layer.document,
                line: provider.line,
                key: "model_providers.\(provider.value.id).base_url",
                message: message
            )
        }
        guard let destinations = stored[name] else {
            return diagnostic(
                .warning,
                "credential \(name) is not stored yet; ask an organization-admin to run \(setting)"
            )
        }
        guard !destinations.admits(endpoint) else { return nil }
        return diagnostic(
            .error,
            "credential \(name) may only go to \(destinations.list), not to \(endpoint.url); if it should, ask an "
                + "organization-admin to run \(setting) with every destination it may have"
        )
    }
}
