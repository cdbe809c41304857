import Audit
import Identity
import Model
import Policy
import Store

/// Somebody authenticated, with the snapshot of their organization that this request is decided on.
struct Caller: Sendable {
    let authenticated: AuthenticatedCaller
    let organization: OrganizationSnapshot
    let roles: Set<Role>

    var principal: Principal { authenticated.principal }
    var subject: Principal.Subject { authenticated.principal.subject }
    var session: SessionID? { authenticated.principal.session }
    var scope: OrganizationScope { OrganizationScope(authenticated: principal) }

    init(_ authenticated: AuthenticatedCaller, in organization: OrganizationSnapshot) {
        self.authenticated = authenticated
        self.organization = organization
        if case .platformOperator = authenticated.principal.subject {
            roles = [.platformOperator]
        } else {
            roles = organization.roles(of: authenticated.principal.subject) ?? []
        }
    }

    /// A record of what this caller does in this request.
    func record(_ kind: AuditKind, _ request: ControlRequest, _ fields: AuditFields = [:]) -> AuditRecord {
        record(kind, head: request.head, fields)
    }

    func record(_ kind: AuditKind, head: RequestHead, _ fields: AuditFields = [:]) -> AuditRecord {
        var all = fields
        all["actor_kind"] = .string(subject.kind)
        all["actor_id"] = .string(subject.id)
        all["session"] = session.map { .string($0.description) }
        all["request_id"] = .string(head.id)
        all["client_address"] = .string(head.address)
        return AuditRecord(kind: kind, organization: principal.organization, fields: all)
    }
}
