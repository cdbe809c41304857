import Model
import Policy

/// 5: may they. The authoriser alone can say yes.
extension Exchange {
    func authorize() {
        guard let principal, let organization, let route, let operation else { return answer(Answer(.internalError)) }
        let decision = Authorizer.authorize(
            principal,
            in: organization,
            route: route,
            operation: operation,
            model: model
        )
        switch consume decision {
        case .deny(let denial): deny(denial.failure, denial.sentence)
        case .allow(let request):
            authorized = consume request
            plan = RetryPlan(retries: route.provider.requestMaxRetries)
            record()
        }
    }
}
