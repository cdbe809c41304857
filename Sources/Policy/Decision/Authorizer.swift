package import Model

/// The proof that a caller may do one thing once. Only `Authorizer` makes one, and it is consumed by being sent.
package struct AuthorizedRequest: ~Copyable, Sendable {
    package let principal: Principal
    package let organization: OrganizationID
    /// The policy revision that allowed it.
    package let revision: Int64
    package let route: Route
    package let operation: Operation
    /// nil for operations that name none.
    package let model: String?

    package var profile: ProfileName { route.profile }
    package var provider: ProviderDefinition { route.provider }
    package var configuration: EffectiveConfiguration { route.configuration }

    fileprivate init(
        principal: Principal,
        organization: OrganizationID,
        revision: Int64,
        route: Route,
        operation: Operation,
        model: String?
    ) {
        self.principal = principal
        self.organization = organization
        self.revision = revision
        self.route = route
        self.operation = operation
        self.model = model
    }
}

/// What policy says to a request.
package enum Decision: ~Copyable, Sendable {
    case allow(AuthorizedRequest)
    case deny(Denial)
}

/// Decides. Pure: everything it reads is in its arguments.
package enum Authorizer {
    /// - Parameter model: As the request names it; nil when it names none.
    package static func authorize(
        _ principal: Principal,
        in organization: OrganizationSnapshot,
        route: Route,
        operation: Operation,
        model: String?
    ) -> Decision {
        guard principal.organization == organization.id else { return .deny(Denial(.notFound)) }
        if let failure = organization.membership(principal.subject, in: route.profile) {
            return .deny(Denial(failure, helpURL: organization.helpURL))
        }
        let provider = route.provider
        guard provider.broker.access == .relay else {
            return .deny(Denial(.providerNotRelayed, helpURL: organization.helpURL))
        }
        if let dialect = operation.wireAPI {
            guard dialect == provider.wireAPI else {
                let right = provider.wireAPI == .chat ? Operation.chatCompletions : Operation.responses
                return .deny(Denial(.unknownRoute, "Provider \(provider.id) takes …\(right.path) here."))
            }
            guard let model, !model.isEmpty else { return .deny(Denial(.modelMissing)) }
            guard route.configuration.allowedModels.allows(model) else {
                return .deny(refusal(of: model, route, organization))
            }
        }
        return .allow(
            AuthorizedRequest(
                principal: principal,
                organization: organization.id,
                revision: organization.revision,
                route: route,
                operation: operation,
                model: model
            )
        )
    }

    /// The same from the segments of a path.
    package static func authorize(
        _ principal: Principal,
        in organization: OrganizationSnapshot,
        profile: some StringProtocol,
        provider: some StringProtocol,
        operation: Operation,
        model: String?
    ) -> Decision {
        switch organization.route(profile: profile, provider: provider, for: principal) {
        case .failure(let denial): .deny(denial)
        case .success(let route):
            authorize(principal, in: organization, route: route, operation: operation, model: model)
        }
    }

    private static func refusal(of model: String, _ route: Route, _ organization: OrganizationSnapshot) -> Denial {
        let printable = model.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && model.utf8.count <= 128
        let name = printable ? "`\(model)`" : "this model"
        let offered = route.configuration.models.prefix(5).map(\.id).joined(separator: ", ")
        let hint = offered.isEmpty ? "Run `keyreeve models` to see what you may use." : "You may use: \(offered)."
        let sentence = "Policy of profile \(route.profile) does not allow \(name). \(hint)"
        return Denial(.modelNotAllowed, sentence, helpURL: organization.helpURL)
    }
}
