package import Model

/// Who may take a guarded route. There is no case for "everyone": what is not said is refused.
package enum Access: Hashable, Sendable {
    /// Any active member or service account of an organization, and operators too.
    case anyCaller
    /// Whoever came by a session: a member or an operator, not an api token.
    case anySession
    /// Any active member or service account of an organization.
    case anyMember
    /// A member or service account with at least one of these.
    case roles(Set<Role>)
    /// A platform operator. No role inside an organization makes one.
    case platformOperator

    func admits(_ subject: Principal.Subject, session: SessionID?, roles: Set<Role>) -> Bool {
        let isOperator = if case .platformOperator = subject { true } else { false }
        switch self {
        case .anyCaller: return true
        case .anySession: return session != nil
        case .anyMember: return !isOperator
        case .roles(let needed): return !isOperator && !needed.isDisjoint(with: roles)
        case .platformOperator: return isOperator
        }
    }
}
