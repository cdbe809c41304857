import Audit
import ControlAPI
import Foundation
import Identity
import Model
import Policy
import Store
import Testing

@testable import ControlPlane

/// The control API from an empty database to a working organization.
@Suite struct ControlFlowTests {
    static let documents = [
        "organization.toml": "[organization]\nid = \"acme\"\n",
        "profiles/staging.toml": """
        [profile]
        id = "staging"

        [codex]
        model_provider = "echo"

        [models]
        default = "gpt-5.4-mini"

        [[models.catalog]]
        id = "gpt-5.4-mini"

        [model_providers.echo]
        name = "Echo"
        base_url = "http://127.0.0.1:7402/v1"
        wire_api = "responses"

        [model_providers.echo.broker]
        access = "relay"
        credential = "echo-key"

        """,
    ]

    @Test func anOperatorMakesAnOrganizationWhoseAdminSignsInOnce() async throws {
        try await ControlHouse.with { house in
            #expect(await house.ask("GET", "/v1/discovery").status == 503)
            let assertion = try await house.operatorAssertion()
            #expect(
                try await house.ask("GET", "/v1/whoami", bearer: assertion).decoded(as: Whoami.self).kind == "operator"
            )
            let again = try await house.ask(
                "POST",
                "/v1/operator/sessions",
                SessionRequest(oneTimeCode: "one-time-code")
            )
            #expect(again.failure == .invalidSignIn)

            let admin = try await house.organization("acme", by: assertion)
            #expect(admin.organization?.name.text == "acme")
            #expect(admin.user.mail == "ada@acme.example")
            let whoami = try await house.ask("GET", "/v1/whoami", bearer: admin.sessionAssertion)
                .decoded(as: Whoami.self)
            #expect(Set(whoami.roles) == [.organizationAdmin, .policyAuthor, .developer])

            let taken = try await house.ask(
                "POST",
                "/v1/organizations",
                bearer: assertion,
                OrganizationRequest(
                    name: OrganizationName(unchecked: "acme"),
                    admin: "b@c.example",
                    issuer: ControlHouse.issuerURL
                )
            )
            #expect(taken.failure == .conflict)
            let inClear = try await house.ask(
                "POST",
                "/v1/organizations",
                bearer: assertion,
                OrganizationRequest(
                    name: OrganizationName(unchecked: "other"),
                    admin: "b@c.example",
                    issuer: "http://169.254.169.254"
                )
            )
            #expect(inClear.failure == .malformedRequest)
            // An operator has no role inside it.
            #expect(await house.ask("GET", "/v1/credentials", bearer: assertion).failure == .roleRequired)
        }
    }

    @Test func aSignInIsUsedOnceAndOnlyByMembers() async throws {
        try await ControlHouse.with { house in
            let assertion = try await house.operatorAssertion()
            _ = try await house.organization("acme", by: assertion)
            let stranger = try await house.signIn("acme", subject: "eve", mail: "eve@evil.example")
            #expect(stranger.failure == .notAMember)
            let impostor = try await house.signIn("acme", subject: "eve", mail: "ada@acme.example")
            #expect(impostor.failure == .notAMember)

            let name = OrganizationName(unchecked: "acme")
            let begun = try await house.ask("POST", ControlPath.signIns(name), body: "{}").decoded(
                as: SignInAnswer.self
            )
            let otherNonce = try house.idToken(subject: "ada-acme", mail: nil, nonce: "another")
            let request = SessionRequest(signIn: begun.signIn, idToken: otherNonce)
            #expect(try await house.ask("POST", ControlPath.sessions(name), request).failure == .invalidSignIn)
            let token = try house.idToken(subject: "ada-acme", mail: nil, nonce: begun.nonce)
            let good = SessionRequest(signIn: begun.signIn, idToken: token)
            #expect(try await house.ask("POST", ControlPath.sessions(name), good).status == 201)
            #expect(try await house.ask("POST", ControlPath.sessions(name), good).failure == .invalidSignIn)

            let late = try await house.ask("POST", ControlPath.signIns(name), body: "{}").decoded(as: SignInAnswer.self)
            house.advance(by: 601)
            let lateToken = try house.idToken(subject: "ada-acme", mail: nil, nonce: late.nonce)
            let lateRequest = SessionRequest(signIn: late.signIn, idToken: lateToken)
            #expect(try await house.ask("POST", ControlPath.sessions(name), lateRequest).failure == .invalidSignIn)
            for path in ["/v1/organizations/nobody/sign-ins", "/v1/organizations/platform/sign-ins"] {
                #expect(await house.ask("POST", path, body: "{}").failure == .notFound)
            }
        }
    }

    @Test func aUsedRefreshTokenIsAnsweredForAMinuteAndThenEndsTheFamily() async throws {
        try await ControlHouse.with { house in
            let admin = try await house.organization("acme", by: try await house.operatorAssertion())
            func refresh(_ token: String) async throws -> ControlAnswer {
                try await house.ask("POST", ControlPath.refresh, RefreshRequest(refreshToken: token))
            }
            let first = try await refresh(admin.refreshToken).decoded(as: SessionAnswer.self)
            #expect(first.session == admin.session)
            #expect(first.refreshToken != admin.refreshToken)
            house.advance(by: 59)
            let again = try await refresh(admin.refreshToken).decoded(as: SessionAnswer.self)
            #expect(again.refreshToken == first.refreshToken)
            #expect(await house.ask("GET", "/v1/whoami", bearer: again.sessionAssertion).status == 200)
            house.advance(by: 2)
            let reused = try await refresh(admin.refreshToken)
            #expect(reused.status == 401)
            #expect(reused.failure == .refreshTokenReused)
            #expect(try await refresh(first.refreshToken).failure == .refreshTokenReused)
            // What was minted from the family ends with it.
            #expect(await house.ask("GET", "/v1/whoami", bearer: again.sessionAssertion).failure == .revokedToken)
            #expect(try await refresh(admin.refreshToken + "x").failure == .invalidToken)
        }
    }

    @Test func signingOutEndsTheSessionAtOnce() async throws {
        try await ControlHouse.with { house in
            let admin = try await house.organization("acme", by: try await house.operatorAssertion())
            let out = await house.ask("DELETE", ControlPath.session, bearer: admin.sessionAssertion)
            #expect(out.status == 204)
            let after = await house.ask("GET", "/v1/whoami", bearer: admin.sessionAssertion)
            #expect(after.failure == .revokedToken)
            let refresh = try await house.ask(
                "POST",
                ControlPath.refresh,
                RefreshRequest(refreshToken: admin.refreshToken)
            )
            #expect(refresh.failure == .revokedToken)
        }
    }

    @Test func policyIsPlannedAppliedAndInForceAtOnce() async throws {
        try await ControlHouse.with { house in
            let admin = try await house.organization("acme", by: try await house.operatorAssertion())
            let bearer = admin.sessionAssertion
            let plan = try await house.ask(
                "POST",
                ControlPath.policyPlan,
                bearer: bearer,
                PolicyRequest(files: Self.documents, baseVersion: nil)
            ).decoded(as: PolicyPlan.self)
            #expect(plan.baseVersion == 0)
            #expect(plan.changes.map(\.action) == ["added", "added"])
            #expect(plan.affected == 1)
            let request = PolicyRequest(files: Self.documents, baseVersion: plan.baseVersion)
            let applied = try await house.ask("POST", ControlPath.policyApply, bearer: bearer, request)
                .decoded(as: ControlAPI.PolicyRevision.self)
            #expect(applied.revision == 1)
            #expect(applied.digest == plan.digest)
            let token = try await house.ask("POST", ControlPath.relayTokens, bearer: bearer, body: "{}")
                .decoded(as: RelayTokenAnswer.self)
            #expect(token.profile?.text == "staging")
            #expect(try await house.ask("POST", ControlPath.policyApply, bearer: bearer, request).failure == .conflict)

            var broken = Self.documents
            broken["profiles/staging.toml"]?.append("surprise = 1\n")
            broken["profiles/UPPER.toml"] = "x"
            broken["platform/mine.toml"] = "[models]\nallow = [\"*\"]\n"
            let refused = try await house.ask(
                "POST",
                ControlPath.policyApply,
                bearer: bearer,
                PolicyRequest(files: broken, baseVersion: 1)
            )
            #expect(refused.status == 422)
            let files = Set(try refused.decoded(as: Problem.self).diagnostics?.map(\.file) ?? [])
            #expect(files.isSuperset(of: ["profiles/staging.toml", "profiles/UPPER.toml", "platform/mine.toml"]))

            let history = try await house.ask("GET", ControlPath.policyHistory, bearer: bearer)
                .decoded(as: PolicyHistory.self)
            #expect(history.revisions.map(\.revision) == [1])
            #expect(history.revisions.first?.author == admin.user.id.description)
        }
    }

    @Test func credentialsGoInAndNeverComeOut() async throws {
        try await ControlHouse.with { house in
            let admin = try await house.organization("acme", by: try await house.operatorAssertion())
            let bearer = admin.sessionAssertion
            func put(
                _ value: String,
                for query: String? = "for=https://h.example+https://*.openai.azure.com:443/",
                type: String = CredentialEntry.valueContentType
            ) async -> ControlAnswer {
                await house.ask(
                    "PUT",
                    "/v1/credentials/echo-key",
                    query: query,
                    bearer: bearer,
                    body: value,
                    contentType: type
                )
            }
            #expect(await put("sk-new-0123456789", for: nil).failure == .destinationRequired)
            for wrong in [
                "for=", "for=https://*.com", "for=h.example", "to=https://h.example", "for=https://a&for=https://b",
            ] {
                #expect(await put("sk-new-0123456789", for: wrong).failure == .malformedRequest, "\(wrong)")
            }
            let canary = "sk-cAnArY-0123456789"
            let first = try await put(canary).decoded(as: CredentialEntry.self)
            #expect(first.generation == 1)
            #expect(first.destinations == ["https://*.openai.azure.com", "https://h.example"])
            let second = try await put(canary + "x", for: nil).decoded(as: CredentialEntry.self)
            #expect(second.generation == 2)
            #expect(second.destinations == first.destinations)
            #expect(second.fingerprint != first.fingerprint)
            #expect(await put("", type: CredentialEntry.valueContentType).failure == .malformedRequest)
            #expect(await put("a\nb").failure == .malformedRequest)
            #expect(await put(canary, type: "application/json").failure == .malformedRequest)
            let list = await house.ask("GET", "/v1/credentials", bearer: bearer)
            #expect(!list.text.contains("cAnArY"))
            #expect(try list.decoded(as: CredentialList.self).credentials.map(\.name.text) == ["echo-key"])
            #expect(
                house.snapshots.current.organization(named: OrganizationName(unchecked: "acme"))?.credentials.count == 1
            )
            #expect(await house.ask("DELETE", "/v1/credentials/echo-key", bearer: bearer).status == 204)
            #expect(await house.ask("DELETE", "/v1/credentials/echo-key", bearer: bearer).failure == .notFound)
            #expect(await house.ask("DELETE", "/v1/credentials/No%20Name", bearer: bearer).failure == .notFound)
        }
    }

    @Test func anAPITokenWorksFromItsCreationToItsRevocation() async throws {
        try await ControlHouse.with { house in
            let admin = try await house.organization("acme", by: try await house.operatorAssertion())
            let bearer = admin.sessionAssertion
            _ = try await house.ask(
                "POST",
                ControlPath.policyApply,
                bearer: bearer,
                PolicyRequest(files: Self.documents, baseVersion: 0)
            )
            let name = ServiceAccountName(unchecked: "ci")
            let made = try await house.ask(
                "POST",
                ControlPath.serviceAccounts,
                bearer: bearer,
                ServiceAccountRequest(name: name, roles: [.developer])
            )
            #expect(made.status == 201)
            for days in [0, -1, 367] {
                let answer = try await house.ask(
                    "POST",
                    ControlPath.tokens(of: name),
                    bearer: bearer,
                    APITokenRequest(expiresInDays: days)
                )
                #expect(answer.failure == .malformedRequest)
            }
            let token = try await house.ask(
                "POST",
                ControlPath.tokens(of: name),
                bearer: bearer,
                APITokenRequest(expiresInDays: 30)
            ).decoded(as: APITokenAnswer.self)
            let relayToken = try await house.ask("POST", ControlPath.relayTokens, bearer: token.token, body: "{}")
                .decoded(as: RelayTokenAnswer.self)
            let relay = RelayAuthenticator(
                verifier: house.verifier,
                snapshots: house.snapshots,
                apiTokenPepper: house.pepper
            )
            let now = Int64(house.now.timeIntervalSince1970)
            #expect(relay.canEnter(relayToken.token, now) && relay.canEnter(token.token, now))
            #expect(await house.ask("DELETE", ControlPath.apiToken(token.id), bearer: bearer).status == 204)
            #expect(!relay.canEnter(relayToken.token, now) && !relay.canEnter(token.token, now))
            let list = try await house.ask("GET", ControlPath.tokens(of: name), bearer: bearer)
                .decoded(as: APITokenList.self)
            #expect(list.tokens.map(\.isRevoked) == [true])
            let approver = try await house.ask(
                "POST",
                ControlPath.serviceAccounts,
                bearer: bearer,
                ServiceAccountRequest(name: ServiceAccountName(unchecked: "boss"), roles: [.approver])
            )
            #expect(approver.failure == .roleRequired)
        }
    }

    @Test func anInvitedAuditorReadsWhatHappenedAndTheAdminDoesNot() async throws {
        try await ControlHouse.with { house in
            let admin = try await house.organization("acme", by: try await house.operatorAssertion())
            let invited = try await house.ask(
                "POST",
                ControlPath.invitations,
                bearer: admin.sessionAssertion,
                ControlAPI.Invitation(mail: "audi@acme.example", roles: [.auditor])
            )
            #expect(invited.status == 201)
            let twice = try await house.ask(
                "POST",
                ControlPath.invitations,
                bearer: admin.sessionAssertion,
                ControlAPI.Invitation(mail: "AUDI@acme.example", roles: [.auditor])
            )
            #expect(twice.failure == .conflict)
            let power = try await house.ask(
                "POST",
                ControlPath.invitations,
                bearer: admin.sessionAssertion,
                ControlAPI.Invitation(mail: "op@acme.example", roles: [.platformOperator])
            )
            #expect(power.failure == .malformedRequest)
            let auditor = try await house.signIn("acme", subject: "audi", mail: "audi@acme.example")
                .decoded(as: SessionAnswer.self)
            #expect(await house.ask("GET", "/v1/audit", bearer: admin.sessionAssertion).failure == .roleRequired)

            let kinds = try await house.whileSequencing {
                var kinds: [AuditFieldValue?] = []
                for _ in 0..<50 where kinds.count < 4 {
                    let page = try await house.ask(
                        "GET",
                        "/v1/audit",
                        query: "limit=100",
                        bearer: auditor.sessionAssertion
                    )
                    .decoded(as: ControlAPI.AuditPage.self)
                    kinds = page.records.map { $0.record["kind"] }
                    try await Task.sleep(for: .milliseconds(100))
                }
                return kinds
            }
            #expect(kinds.contains(.string("session.created")))
            #expect(kinds.contains(.string("user.invited")))
            let filtered = try await house.ask(
                "GET",
                "/v1/audit",
                query: "query=kind:user.invited%20since:1h",
                bearer: auditor.sessionAssertion
            ).decoded(as: ControlAPI.AuditPage.self)
            #expect(filtered.records.allSatisfy { $0.record["kind"] == .string("user.invited") })
            #expect(!filtered.records.isEmpty)
            let next = try await house.ask(
                "GET",
                "/v1/audit",
                query: "after=\(filtered.next)&query=kind:user.invited",
                bearer: auditor.sessionAssertion
            ).decoded(as: ControlAPI.AuditPage.self)
            #expect(next.records.isEmpty && next.next == filtered.next)
            let bad = await house.ask("GET", "/v1/audit", query: "query=nonsense:x", bearer: auditor.sessionAssertion)
            #expect(bad.failure == .malformedRequest)
        }
    }

    @Test func anotherOrganizationsThingsAreMissing() async throws {
        try await ControlHouse.with { house in
            let assertion = try await house.operatorAssertion()
            let acme = try await house.organization("acme", by: assertion)
            let evil = try await house.organization("evil", by: assertion)
            let name = ServiceAccountName(unchecked: "ci")
            _ = try await house.ask(
                "POST",
                ControlPath.serviceAccounts,
                bearer: acme.sessionAssertion,
                ServiceAccountRequest(name: name, roles: [.developer])
            )
            let token = try await house.ask(
                "POST",
                ControlPath.tokens(of: name),
                bearer: acme.sessionAssertion,
                APITokenRequest(expiresInDays: 1)
            ).decoded(as: APITokenAnswer.self)
            _ = await house.ask(
                "PUT",
                "/v1/credentials/key",
                query: "for=https://h.example",
                bearer: acme.sessionAssertion,
                body: "secret",
                contentType: CredentialEntry.valueContentType
            )
            let bearer = evil.sessionAssertion
            for (method, path) in [
                ("DELETE", "/v1/credentials/key"), ("DELETE", ControlPath.apiToken(token.id)),
                ("GET", ControlPath.tokens(of: name)),
            ] {
                let foreign = await house.ask(method, path, bearer: bearer)
                #expect(foreign.failure == .notFound, "\(method) \(path)")
            }
            #expect(await house.ask("GET", "/v1/credentials", bearer: bearer).text == #"{"credentials":[]}"#)
            #expect(await house.ask("GET", "/v1/service-accounts", bearer: bearer).text == #"{"service_accounts":[]}"#)
            #expect(await house.ask("GET", "/v1/discovery").text.contains("default_organization") == false)
        }
    }
}

extension RelayAuthenticator {
    fileprivate func canEnter(_ token: String, _ now: Int64) -> Bool {
        if case .success = authenticate(tokenBytes: Array(token.utf8), now: now) { true } else { false }
    }
}
