package import Model

/// Proof that its bearer may reach one organization's data. Every repository asks for one.
///
/// Only authentication makes one: from a `Principal`, which only a verified token makes. What happens before anyone is
/// authenticated (a sign-in, a refresh) and what an operator does from outside have their own narrow methods, which
/// make their scope inside this module and touch nothing else.
package struct OrganizationScope: Hashable, Sendable {
    package let organization: OrganizationID

    package init(authenticated principal: Principal) {
        organization = principal.organization
    }

    /// Inside this module only, and each use says why it may.
    init(unproven organization: OrganizationID) {
        self.organization = organization
    }
}
