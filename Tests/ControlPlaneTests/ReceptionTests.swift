import Audit
import ControlAPI
import Foundation
import Identity
import Model
import Testing

@testable import ControlPlane

/// What happens before a handler runs, for every route of the table.
@Suite struct ReceptionTests {
    let fixture: ControlFixture
    let reception: Reception

    init() throws {
        fixture = try ControlFixture()
        reception = fixture.reception()
    }

    static let guarded: [Route] = RouteTable.routes.filter { if case .guarded = $0.action { true } else { false } }

    static func path(_ route: Route) -> String {
        route.path.description.replacing("{name}", with: "some-name").replacing("{organization}", with: "acme")
            .replacing("{id}", with: APITokenID.random().description)
    }

    func ask(_ route: Route, bearer: String?, body: String = "{}") async -> ControlAnswer {
        await reception.ask(route.method.rawValue, Self.path(route), bearer: bearer, body: body)
    }

    @Test(arguments: guarded)
    func nobodyGetsPastAGuardedRouteWithoutAGoodToken(route: Route) async throws {
        let none = await ask(route, bearer: nil)
        #expect(try none.decoded(as: Problem.self).failure == .signInRequired)
        let relay = TokenIssuer(key: fixture.relayKey, audience: .relay, deployment: fixture.deployment)
        let relayToken = try relay.mint(
            TokenClaims(
                issuer: fixture.deployment,
                audience: .relay,
                organization: fixture.organization,
                subject: .user(try #require(fixture.users[.organizationAdmin])),
                session: .random(),
                activeProfile: nil,
                epochs: TokenEpochs(organization: 0, subject: 0, session: 0),
                issuedAt: fixture.now,
                expiresAt: fixture.now + 600
            )
        )
        for bearer in ["", "x", "a.b.c", "krv_sa_0", relayToken, String(repeating: "x", count: 100_000)] {
            let answer = await ask(route, bearer: bearer)
            #expect(answer.status == 401)
            #expect(answer.header("WWW-Authenticate") == "Bearer")
            #expect(try answer.decoded(as: Problem.self).failure == .invalidToken)
        }
        let expired = try fixture.assertion(.organizationAdmin, life: 10)
        fixture.advance(by: 10)
        #expect(try await ask(route, bearer: expired).decoded(as: Problem.self).failure == .expiredToken)
    }

    @Test(arguments: guarded)
    func whoIsNotAdmittedIsRefusedAndRecorded(route: Route) async throws {
        guard case .guarded(let action, let access) = route.action else { return }
        for role in Role.allCases {
            let subject: Principal.Subject = role == .platformOperator ? .platformOperator(.random()) : .user(.random())
            let before = try fixture.records().count
            let answer = await ask(route, bearer: try fixture.assertion(role))
            let failure = try? answer.decoded(as: Problem.self).failure
            if access.admits(subject, session: .random(), roles: [role]) {
                #expect(failure != .roleRequired, "\(role) at \(route.path)")
                continue
            }
            #expect(answer.status == 403 && failure == .roleRequired, "\(role) at \(route.path)")
            let record = try #require(try fixture.records().dropFirst(before).first)
            #expect(record.kind == .controlRefused)
            #expect(record.fields["operation"] == .string(action.rawValue))
            #expect(record.fields["decision"] == "deny")
            #expect(record.fields["reason"] == "role_required")
            #expect(record.fields["request_id"] == "request-1")
            #expect(record.organization == (role == .platformOperator ? .platform : fixture.organization))
        }
    }

    @Test func aRefusalThatCannotBeRecordedIsA503() async throws {
        fixture.journal.close()
        let answer = await reception.ask("GET", "/v1/audit", bearer: try fixture.assertion(.developer))
        #expect(answer.status == 503)
        #expect(try answer.decoded(as: Problem.self).failure == .auditUnavailable)
    }

    @Test(arguments: RouteTable.routes)
    func malformedBodiesAreRefusedAndNothingIsRepeated(route: Route) async throws {
        guard route.method != .get, route.method != .delete else { return }
        let canary = "cAnArY-5f2b"
        let bodies = [
            "", "{", "[]", "null", "17", #""\#(canary)""#, #"{"\#(canary)":"\#(canary)"}"#, "\u{0}\u{1}",
            #"{"name":{"\#(canary)":1},"files":"\#(canary)","profile":"\#(canary)/..","one_time_code":7,"sign_in":[]}"#,
            String(repeating: "[", count: 3000), #"{"expires_in_days":1e99,"base_version":1e99}"#,
        ]
        for role in Role.allCases {
            for body in bodies {
                let answer = await ask(route, bearer: try fixture.assertion(role), body: body)
                // Every field of this one may be left out.
                let isComplete = route.records == .tokenExchanged && role == .developer && body.hasPrefix("{")
                if !(isComplete && answer.status == 200) {
                    #expect((400...503).contains(answer.status))
                    #expect(answer.contentType == Problem.contentType)
                }
                #expect(!answer.text.contains(canary), "\(route.path) repeats its input")
            }
            fixture.advance(by: 60)
        }
    }

    @Test(arguments: RouteTable.routes)
    func oversizedBodiesAre413(route: Route) async throws {
        guard route.method == .post || route.method == .put else { return }
        let body = String(repeating: " ", count: route.bodyLimit + 1)
        var answers: [Int] = []
        for role in Role.allCases {
            answers.append(await ask(route, bearer: try fixture.assertion(role), body: body).status)
        }
        #expect(answers.contains(413))
        #expect(answers.allSatisfy { $0 == 413 || $0 == 403 })
    }

    @Test func unknownRoutesAndMethodsAreProblems() async throws {
        let missing = await reception.ask("GET", "/v1/nothing")
        #expect(missing.status == 404)
        #expect(missing.contentType == "application/problem+json")
        let problem = try missing.decoded(as: Problem.self)
        #expect(problem.failure == .unknownRoute)
        #expect(problem.requestID == "request-1")
        #expect(problem.detail == Failure.unknownRoute.sentence)
        let method = await reception.ask("PATCH", "/v1/credentials/x")
        #expect(method.status == 405)
        #expect(method.header("Allow") == "PUT, DELETE")
    }

    @Test func twoCredentialsAreAmbiguous() async throws {
        var head = RequestHead(id: "request-1", method: "GET", path: "/v1/whoami", address: "192.0.2.7")
        let bearer = "Bearer " + (try fixture.assertion(.developer))
        head.authorization = [bearer, bearer]
        let answer = await reception.answer(head) { _ in [] }
        #expect(try answer.decoded(as: Problem.self).failure == .ambiguousCredentials)
        head.authorization = ["Basic " + bearer]
        #expect(await reception.answer(head) { _ in [] }.status == 401)
    }

    @Test(arguments: ["a=1&a=2", "%zz=1", "x=%ff", "query=x&surprise=1", "limit=0", "limit=1001", "limit=x", "after="])
    func badQueriesAreRefused(query: String) async throws {
        let answer = await reception.ask("GET", "/v1/audit", query: query, bearer: try fixture.assertion(.auditor))
        #expect(try answer.decoded(as: Problem.self).failure == .malformedRequest)
    }

    @Test func openRoutesAreLimitedByAddress() async throws {
        var refused = 0
        for _ in 0..<70 {
            let answer = await reception.ask("POST", "/v1/sessions/refresh", body: #"{"refresh_token":"x"}"#)
            if answer.status == 429 {
                #expect(try answer.decoded(as: Problem.self).failure == .rateLimited)
                refused += 1
            } else {
                #expect(answer.status == 401)
            }
        }
        #expect(refused == 10)
        fixture.advance(by: 5)
        #expect(await reception.ask("POST", "/v1/sessions/refresh", body: #"{"refresh_token":"x"}"#).status == 401)
        #expect(await reception.ask("GET", "/healthz").status == 200)
    }

    @Test func withoutAnOperatorOnlyHealthIsServed() async throws {
        try fixture.load(version: 2, hasOperator: false)
        for route in RouteTable.routes {
            let answer = await ask(route, bearer: try fixture.assertion(.organizationAdmin))
            let isHealth = route.path.description == "/healthz" || route.path.description == "/readyz"
            #expect((answer.status == 200) == isHealth, "\(route.path)")
            if !isHealth { #expect(answer.text.contains("keyreeved init")) }
        }
    }

    @Test(arguments: [
        ("GET", "/v1/credentials", Role.organizationAdmin), ("GET", "/v1/service-accounts", .organizationAdmin),
        ("GET", "/v1/policy/history", .auditor), ("GET", "/v1/audit", .auditor), ("DELETE", "/v1/session", .developer),
    ])
    func withTheDatabaseAwayWritesAndReadsOfItAre503(method: String, path: String, role: Role) async throws {
        let answer = await reception.ask(method, path, bearer: try fixture.assertion(role))
        #expect(answer.status == 503)
        #expect(answer.header("Retry-After") == "1")
        #expect(try answer.decoded(as: Problem.self).failure == .storeUnavailable)
    }
}
