import Audit
import ControlAPI
import Cryptography
import FoundationEssentials
import Identity
import Model
import Policy
import Store

/// From nobody to a session: by an issuer's id token, or by a one-time code.
struct SignInRoutes: Sendable {
    let parts: ControlParts

    /// How long the way to the issuer and back may take, in seconds.
    static let patience: Double = 600

    func begin(_ request: ControlRequest) async throws -> ControlAnswer {
        let organization = try organization(request)
        guard let issuer = organization.issuers.first else {
            throw ControlRefusal(.invalidSignIn, detail: "This organization has no issuer; sign in by a one-time code.")
        }
        guard let metadata = await parts.issuers.metadata(of: issuer.url, now: request.seconds) else {
            throw ControlRefusal(
                .upstreamUnreachable,
                detail: "The organization's sign-in page cannot be reached now. Try again in a moment."
            )
        }
        let nonce = Base64URL.encode(SecureRandom.bytes(32))
        let id = try await parts.store.signIns.begin(
            in: organization.id,
            issuer: issuer.url,
            nonce: nonce,
            expiresAt: request.now.addingTimeInterval(Self.patience),
            now: request.now
        )
        return try .json(
            SignInAnswer(
                signIn: id.description,
                nonce: nonce,
                issuer: issuer.url,
                clientID: issuer.clientID,
                authorizationEndpoint: metadata.authorizationEndpoint,
                tokenEndpoint: metadata.tokenEndpoint
            ),
            status: 201
        )
    }

    func openSession(_ request: ControlRequest) async throws -> ControlAnswer {
        let organization = try organization(request)
        let shape = try request.decoded(as: SessionRequest.self)
        switch (shape.signIn, shape.idToken, shape.oneTimeCode) {
        case (let signIn?, let token?, nil):
            return try await complete(signIn, token, in: organization, request)
        case (nil, nil, let code?):
            return try await redeem(code, in: organization, request)
        default:
            throw ControlRefusal(
                .malformedRequest,
                detail: "Send either `sign_in` and `id_token`, or `one_time_code`."
            )
        }
    }

    func openOperatorSession(_ request: ControlRequest) async throws -> ControlAnswer {
        guard let code = try request.decoded(as: SessionRequest.self).oneTimeCode,
            let platform = parts.snapshots.current.organization(.platform)
        else { throw Failure.malformedRequest }
        return try await redeem(code, in: platform, request)
    }

    /// The platform is no organization to sign in to, and one that is not there answers like a name never heard of.
    private func organization(_ request: ControlRequest) throws -> OrganizationSnapshot {
        let name: OrganizationName = try request.parameter("organization")
        guard let organization = parts.snapshots.current.organization(named: name), organization.id != .platform else {
            throw parts.snapshots.isVerified ? Failure.notFound : Failure.storeUnavailable
        }
        return organization
    }

    private func complete(
        _ signIn: String,
        _ token: String,
        in organization: OrganizationSnapshot,
        _ request: ControlRequest
    ) async throws -> ControlAnswer {
        guard let id = SignInID(signIn) else { throw Failure.invalidSignIn }
        let verifier = OIDCVerifier(directory: parts.issuers)
        let verified = await verifier.verify(Array(token.utf8), issuers: organization.issuers, now: request.seconds)
        let identity = try verified.get()
        let mint = SessionMint(parts: parts)
        let grant = try await parts.store.signIns.complete(
            id,
            in: organization.id,
            nonce: identity.nonce,
            identity: ProvenIdentity(
                issuer: identity.issuer,
                subject: identity.subject,
                verifiedMail: identity.verifiedMail,
                displayName: identity.displayName
            ),
            refreshExpiresAt: mint.refreshExpiry(in: organization, now: request.now),
            now: request.now
        ) { outcome in
            Self.record(of: outcome, in: organization.id, "issuer", request)
        }
        return try await answer(grant, identity.verifiedMail, identity.displayName, mint, request)
    }

    private func redeem(
        _ code: String,
        in organization: OrganizationSnapshot,
        _ request: ControlRequest
    ) async throws -> ControlAnswer {
        guard (1...256).contains(code.utf8.count) else { throw Failure.invalidSignIn }
        let mint = SessionMint(parts: parts)
        let grant = try await parts.store.signIns.redeem(
            code: code,
            in: organization.id,
            refreshExpiresAt: mint.refreshExpiry(in: organization, now: request.now),
            now: request.now
        ) { outcome in
            Self.record(of: outcome, in: organization.id, "one_time_code", request)
        }
        return try await answer(grant, nil, nil, mint, request)
    }

    private func answer(
        _ grant: SessionGrant,
        _ mail: String?,
        _ displayName: String?,
        _ mint: SessionMint,
        _ request: ControlRequest
    ) async throws -> ControlAnswer {
        if grant.changeVersion != nil { await parts.published(grant.organization) }
        var answer = try mint.answer(grant, mail: mail, displayName: displayName, now: request.now)
        answer.status = 201
        return answer
    }

    private static func record(
        of outcome: SignInOutcome,
        in organization: OrganizationID,
        _ method: String,
        _ request: ControlRequest
    ) -> AuditRecord {
        var fields: AuditFields = [
            "operation": .string(method), "request_id": .string(request.id),
            "client_address": .string(request.head.address),
        ]
        switch outcome {
        case .signedIn(let user, let session):
            fields["actor_kind"] = .string(organization == .platform ? "operator" : "user")
            fields["actor_id"] = .string(user.description)
            fields["session"] = .string(session.description)
            return AuditRecord(kind: .sessionCreated, organization: organization, fields: fields)
        case .refused(let failure):
            fields["decision"] = "deny"
            fields["reason"] = .string(failure.rawValue)
            return AuditRecord(kind: .signInRefused, organization: organization, fields: fields)
        }
    }
}
