import Audit
import ControlAPI
import FoundationEssentials
import Identity
import Logging
import Model
import Policy
import Store

/// The life of a control request, top to bottom: route, limit, authenticate, authorise, read, act, answer.
///
/// Whatever goes wrong becomes a problem document; nothing thrown reaches the listener.
struct Reception: Sendable {
    private let parts: ControlParts
    private let authenticator: ControlAuthenticator
    private let handlers: Handlers
    private let limiter = AddressLimiter()
    private let clock: @Sendable () -> Date

    init(parts: ControlParts, clock: @escaping @Sendable () -> Date) {
        self.parts = parts
        self.clock = clock
        handlers = Handlers(parts)
        authenticator = ControlAuthenticator(
            verifier: parts.keys.verifier,
            snapshots: parts.snapshots,
            apiTokenPepper: parts.keys.apiTokenPepper
        )
    }

    /// `readBody` reads at most as many bytes as it is told to, and throws `bodyTooLarge` beyond.
    func answer(_ head: RequestHead, readBody: (Int) async throws -> [UInt8]) async -> ControlAnswer {
        let route: Route
        let parameters: [String: String]
        switch RouteTable.match(method: head.method, path: head.path) {
        case .route(let found, let values): (route, parameters) = (found, values)
        case .otherMethod(let methods):
            return ControlRefusal(.methodNotAllowed).answer(requestID: head.id, allowing: methods)
        case .none: return ControlRefusal(.unknownRoute).answer(requestID: head.id)
        }
        do {
            return try await take(route, parameters, head, readBody)
        } catch {
            return refusal(error, route, head)
        }
    }

    private func take(
        _ route: Route,
        _ parameters: [String: String],
        _ head: RequestHead,
        _ readBody: (Int) async throws -> [UInt8]
    ) async throws -> ControlAnswer {
        let now = clock()
        if route.isRateLimited, !limiter.admits(head.address, now: now.timeIntervalSince1970) {
            throw Failure.rateLimited
        }
        try requireOperator(for: route)
        switch route.action {
        case .open(let action):
            let body = try await readBody(route.bodyLimit)
            let request = try request(head, parameters, body, now)
            return try await handlers.handle(action, request)
        case .guarded(let action, let access):
            let caller = try authenticate(head, now)
            try await authorize(caller, action, access, head)
            let body = try await readBody(route.bodyLimit)
            let request = try request(head, parameters, body, now)
            return try await handlers.handle(action, request, by: caller)
        }
    }

    private func request(
        _ head: RequestHead,
        _ parameters: [String: String],
        _ body: [UInt8],
        _ now: Date
    ) throws -> ControlRequest {
        ControlRequest(head: head, parameters: parameters, query: try QueryItems(head.query), body: body, now: now)
    }

    /// Without an operator a server serves its health only.
    private func requireOperator(for route: Route) throws {
        if case .open(.health) = route.action { return }
        if case .open(.readiness) = route.action { return }
        let platform = parts.snapshots.current.organization(.platform)
        let isThere = platform?.members.values.contains { $0.active && $0.roles.contains(.platformOperator) } ?? false
        guard isThere else {
            throw ControlRefusal(.storeUnavailable, detail: "This server has no operator yet: run `keyreeved init`.")
        }
    }

    private func authenticate(_ head: RequestHead, _ now: Date) throws -> Caller {
        guard head.authorization.count <= 1 else { throw Failure.ambiguousCredentials }
        guard let field = head.authorization.first else { throw Failure.signInRequired }
        let scheme = "bearer "
        guard field.prefix(scheme.count).lowercased() == scheme else { throw Failure.invalidToken }
        let token = Array(field.utf8.dropFirst(scheme.utf8.count))
        let authenticated = try authenticator.authenticate(token, now: now.wholeSeconds).get()
        guard let organization = parts.snapshots.current.organization(authenticated.principal.organization) else {
            throw Failure.revokedToken
        }
        return Caller(authenticated, in: organization)
    }

    /// A refusal of someone authenticated is recorded before it is answered; if it cannot be, the answer is 503.
    private func authorize(
        _ caller: Caller,
        _ action: GuardedAction,
        _ access: Access,
        _ head: RequestHead
    ) async throws {
        if access.admits(caller.subject, session: caller.session, roles: caller.roles) { return }
        let fields: AuditFields = [
            "operation": .string(action.rawValue), "decision": "deny",
            "reason": .string(Failure.roleRequired.rawValue), "status": .integer(Int64(Failure.roleRequired.status)),
        ]
        try await parts.audit.record(caller.record(.controlRefused, head: head, fields))
        throw Failure.roleRequired
    }

    private func refusal(_ error: any Error, _ route: Route, _ head: RequestHead) -> ControlAnswer {
        let refusal = ControlRefusal(from: error)
        if refusal.failure.status >= 500 {
            parts.logger.warning(
                "control request failed",
                metadata: [
                    "request.id": "\(head.id)", "route": "\(route.method.rawValue) \(route.path)",
                    "reason": "\(refusal.failure.rawValue)", "error": "\(OperatorCause(error))",
                ]
            )
        }
        return refusal.answer(requestID: head.id)
    }
}
