import Audit
import ControlAPI
import FoundationEssentials
import Identity
import Model
import Store

/// Organizations made by operators, and people let in by admins.
struct OrganizationRoutes: Sendable {
    let parts: ControlParts

    /// In seconds: 14 days.
    static let invitationLife: Double = 14 * 86_400
    /// What the first admin gets: enough to invite everyone else. Reading the audit is somebody else's.
    static let firstRoles: Set<Role> = [.organizationAdmin, .policyAuthor, .developer]

    func create(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let shape = try request.decoded(as: OrganizationRequest.self)
        guard !OrganizationName.reserved.contains(shape.name.text) else {
            throw ControlRefusal(.malformedRequest, detail: "This name is reserved.")
        }
        let allowsLoopback = parts.settings.allowsLoopbackIssuers
        guard let issuer = IssuerURL(shape.issuer, allowingLoopback: allowsLoopback) else {
            throw ControlRefusal(.malformedRequest, detail: "`issuer` must be an https address.")
        }
        guard let admin = MailAddress(shape.admin) else {
            throw ControlRefusal(.malformedRequest, detail: "`admin` must be a mail address.")
        }
        let new = NewOrganization(
            name: shape.name,
            displayName: shape.displayName ?? "",
            helpURL: shape.helpURL,
            issuer: IssuerRegistration(url: issuer.text, clientID: shape.clientID ?? "keyreeve"),
            admin: Store.Invitation(
                mail: admin.text,
                roles: Self.firstRoles,
                expiresAt: request.now.addingTimeInterval(Self.invitationLife)
            )
        )
        _ = try await parts.store.organizations.create(new, by: caller.principal) { admin in
            let made = caller.record(.organizationCreated, request, ["target": .string(new.name.text)])
            var fields = made.fields
            fields["target"] = .string(admin.description)
            return [made, AuditRecord(kind: .userInvited, organization: new.id, fields: fields)]
        }
        await parts.published(new.id)
        return try .json(OrganizationAnswer(id: new.id, name: new.name), status: 201)
    }

    func invite(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let shape = try request.decoded(as: ControlAPI.Invitation.self)
        guard let mail = MailAddress(shape.mail) else {
            throw ControlRefusal(.malformedRequest, detail: "`mail` must be a mail address.")
        }
        let roles = Set(shape.roles)
        guard !roles.isEmpty, !roles.contains(.platformOperator) else {
            throw ControlRefusal(.malformedRequest, detail: "`roles` must name roles of an organization.")
        }
        let invitation = Store.Invitation(
            mail: mail.text,
            roles: roles,
            groups: shape.groups ?? [],
            expiresAt: request.now.addingTimeInterval(Self.invitationLife)
        )
        _ = try await parts.store.people.invite(invitation, in: caller.scope) { user in
            caller.record(
                .userInvited,
                request,
                [
                    "target": .string(user.description),
                    "detail": .strings(roles.map(\.rawValue).sorted()),
                ]
            )
        }
        await parts.published(caller.scope.organization)
        return try .json(shape, status: 201)
    }
}
