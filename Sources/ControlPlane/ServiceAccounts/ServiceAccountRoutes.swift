import Audit
import ControlAPI
import FoundationEssentials
import Identity
import Model
import Store

/// Service accounts and their api tokens.
struct ServiceAccountRoutes: Sendable {
    let parts: ControlParts

    static let longestTokenLife = 366

    func list(_ caller: Caller) async throws -> ControlAnswer {
        let all = try await parts.store.serviceAccounts.all(in: caller.scope)
        let entries = all.filter { !$0.isDisabled }.map {
            ServiceAccountEntry(id: $0.id, name: $0.name, roles: $0.roles.sorted { $0.rawValue < $1.rawValue })
        }
        return try .json(ServiceAccountList(accounts: entries))
    }

    func create(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let shape = try request.decoded(as: ServiceAccountRequest.self)
        let roles = Set(shape.roles)
        // Nobody hands out, to an account they control, what they may not do themselves.
        guard roles.isSubset(of: caller.roles) else { throw Failure.roleRequired }
        let published = try await parts.store.serviceAccounts.create(
            shape.name,
            roles: roles,
            profiles: shape.profiles,
            in: caller.scope
        ) { id in
            caller.record(
                .serviceAccountCreated,
                request,
                ["target": .string(id.description), "detail": .strings(roles.map(\.rawValue).sorted())]
            )
        }
        await parts.published(caller.scope.organization)
        let entry = ServiceAccountEntry(
            id: published.value,
            name: shape.name,
            roles: roles.sorted { $0.rawValue < $1.rawValue }
        )
        return try .json(entry, status: 201)
    }

    func tokens(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let account = try await account(request, caller)
        let tokens = try await parts.store.serviceAccounts.tokens(of: account.id, in: caller.scope)
        let entries = tokens.map {
            APITokenEntry(id: $0.id, expiresAt: $0.expiresAt.wholeSeconds, isRevoked: $0.revokedAt != nil)
        }
        return try .json(APITokenList(tokens: entries))
    }

    /// The one time that the token is shown.
    func createToken(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let days = try request.decoded(as: APITokenRequest.self).expiresInDays
        guard (1...Self.longestTokenLife).contains(days) else {
            throw ControlRefusal(
                .malformedRequest,
                detail: "`expires_in_days` must be from 1 to \(Self.longestTokenLife)."
            )
        }
        let account = try await account(request, caller)
        let token = APIToken.generate()
        let expiresAt = request.now.addingTimeInterval(Double(days) * 86_400)
        _ = try await parts.store.serviceAccounts.addToken(
            NewAPIToken(
                id: token.id,
                verifier: token.verifier(pepper: parts.keys.apiTokenPepper),
                expiresAt: expiresAt
            ),
            to: account.id,
            in: caller.scope,
            record: caller.record(
                .apiTokenCreated,
                request,
                ["target": .string(token.id.description), "detail": .string(account.id.description)]
            )
        )
        await parts.published(caller.scope.organization)
        let answer = APITokenAnswer(id: token.id, token: token.text, expiresAt: expiresAt.wholeSeconds)
        return try .json(answer, status: 201)
    }

    func revokeToken(_ request: ControlRequest, by caller: Caller) async throws -> ControlAnswer {
        let id: APITokenID = try request.parameter("id")
        _ = try await parts.store.serviceAccounts.revokeToken(
            id,
            in: caller.scope,
            record: caller.record(.apiTokenRevoked, request, ["target": .string(id.description)])
        )
        await parts.published(caller.scope.organization)
        return .noContent
    }

    private func account(_ request: ControlRequest, _ caller: Caller) async throws -> StoredServiceAccount {
        try await parts.store.serviceAccounts.named(try request.parameter("name"), in: caller.scope)
    }
}
