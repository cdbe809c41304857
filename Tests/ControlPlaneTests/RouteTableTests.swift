import Audit
import Identity
import Model
import Testing

@testable import ControlPlane

/// The one table, walked.
@Suite struct RouteTableTests {
    static func line(_ route: Route) -> String {
        var columns = [route.method.rawValue, route.path.description]
        switch route.action {
        case .open(let action): columns += [action.rawValue, "open"]
        case .guarded(let action, let access): columns += [action.rawValue, admitted(by: access)]
        }
        columns += ["\(route.bodyLimit)", route.isRateLimited ? "limited" : "-", route.records?.rawValue ?? "-"]
        return columns.joined(separator: " ")
    }

    /// Who gets in, asked one by one, so that the golden text shows what the code decides.
    static func admitted(by access: Access) -> String {
        var who = Role.allCases.filter { role in
            let subject: Principal.Subject =
                role == .platformOperator ? .platformOperator(.random()) : .user(.random())
            return access.admits(subject, session: .random(), roles: [role])
        }.map(\.rawValue)
        if access.admits(.user(.random()), session: .random(), roles: []) { who.append("without-role") }
        if access.admits(.serviceAccount(.random()), session: nil, roles: [.developer]) { who.append("api-token") }
        return who.isEmpty ? "nobody" : who.joined(separator: ",")
    }

    @Test func theTableIsTheGoldenOne() {
        let lines = RouteTable.routes.map(Self.line).sorted()
        let golden = RouteTableGolden.text.split(separator: "\n").map(String.init).sorted()
        for line in lines where !golden.contains(line) { Issue.record("not in the golden table: \(line)") }
        for line in golden where !lines.contains(line) { Issue.record("not a route: \(line)") }
        #expect(lines == golden)
    }

    @Test func everyActionHasExactlyOneRoute() {
        var counts: [String: Int] = [:]
        for route in RouteTable.routes {
            switch route.action {
            case .open(let action): counts["open \(action)", default: 0] += 1
            case .guarded(let action, _): counts["guarded \(action)", default: 0] += 1
            }
        }
        for action in OpenAction.allCases { #expect(counts["open \(action)"] == 1, "\(action)") }
        for action in GuardedAction.allCases { #expect(counts["guarded \(action)"] == 1, "\(action)") }
    }

    @Test func whatChangesSomethingRecordsIt() {
        let silent = RouteTable.routes.filter { $0.method != .get && $0.records == nil }.map(\.path.description)
        // Opening a sign-in and planning change nothing that anyone else sees.
        #expect(Set(silent) == ["/v1/organizations/{organization}/sign-ins", "/v1/policy/plan"])
    }

    @Test func everyOpenRouteThatTakesABodyIsLimited() {
        for route in RouteTable.routes where route.method != .get {
            if case .open = route.action { #expect(route.isRateLimited && route.bodyLimit <= 32_768) }
        }
    }

    @Test func anAdminDoesNotReadTheAuditAndAnAuditorChangesNothing() {
        for route in RouteTable.routes {
            guard case .guarded(let action, .roles(let roles)) = route.action else { continue }
            if action == .queryAudit { #expect(roles == [.auditor]) }
            if route.method != .get { #expect(!roles.contains(.auditor)) }
        }
    }

    @Test func noRoleInsideAnOrganizationMakesAnOperator() {
        let all = Set(Role.allCases)
        #expect(!Access.platformOperator.admits(.user(.random()), session: .random(), roles: all))
        #expect(!Access.roles(all).admits(.platformOperator(.random()), session: .random(), roles: all))
        #expect(!Access.anyMember.admits(.platformOperator(.random()), session: .random(), roles: all))
    }

    @Test(arguments: [
        "/", "", "v1/discovery", "/v1", "/v1/", "/v1/discovery/", "//v1/discovery", "/v1//discovery", "/V1/discovery",
        "/v1/discovery%2f", "/v1/./discovery", "/v1/x/../discovery", "/v1/credentials/a/b",
        "/v1/organizations//sessions/x",
        String(repeating: "/a", count: 5000),
    ])
    func aPathThatIsNotInTheTableIsNotFound(path: String) {
        guard case .none = RouteTable.match(method: "GET", path: path) else {
            Issue.record("matched \(path)")
            return
        }
    }

    @Test func aPathMatchesOneRoutePerMethodOnly() {
        for route in RouteTable.routes {
            let path = route.path.description.replacing("{organization}", with: "acme").replacing("{name}", with: "n")
            let matching = RouteTable.routes.filter { $0.method == route.method && $0.path.match(path) != nil }
            #expect(matching.count == 1, "\(route.path)")
        }
    }
}
