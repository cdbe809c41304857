import Model
import NIOCore
import Policy

/// 3: what is asked, from the snapshot of the caller's own organization. Another one's profile is simply not there.
extension Exchange {
    func takeRoute() {
        if head.wantsUpgrade { return deny(.upgradeRefused) }
        guard let principal, let organization = context.snapshots.current.organization(principal.organization) else {
            return answer(Answer(.storeUnavailable))
        }
        self.organization = organization
        guard head.segments.count > 2, let operation = Operation(path: "/" + head.segments[2...].joined(separator: "/"))
        else { return deny(.unknownRoute) }
        self.operation = operation
        switch organization.route(profile: head.segments[0], provider: head.segments[1], for: principal) {
        case .failure(let denial): return deny(denial.failure, denial.sentence)
        case .success(let route): self.route = route
        }
        guard head.method == (operation == .models ? .get : .post) else { return deny(.methodNotAllowed) }
        guard head.fields[.contentEncoding].map({ head.fields.value($0, equals: "identity") }) ?? true else {
            return deny(.malformedRequest, "A compressed request body cannot be checked; send it plain.")
        }
        if case .fixed(let count) = head.framing, count > context.settings.maximumBodyBytes {
            return deny(.bodyTooLarge)
        }
        if operation == .models { answerModels() }
    }

    /// The catalogue comes from the effective configuration; the provider is not asked.
    private func answerModels() {
        guard let principal, let organization, let route else { return answer(Answer(.internalError)) }
        switch Authorizer.authorize(principal, in: organization, route: route, operation: .models, model: nil) {
        case .deny(let denial): deny(denial.failure, denial.sentence)
        case .allow: answer(Answer(json: context.catalog(route.configuration, route.provider)))
        }
    }
}
