import Audit
import FoundationEssentials
import KeyreeveTesting
import Model
import Policy
import Postgres
import Store
import Testing

@Suite struct PolicyRevisionTests {
    @Test func anApplyStoresRevisionRowsRecordAndVersionTogether() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let before = try #require(try await fixture.snapshots.versions()[acme.id])
            #expect(try await fixture.policies.currentNumber(in: acme.scope) == 0)
            #expect(try await fixture.policies.current(in: acme.scope) == nil)

            let documents = ["organization.toml": "a = \"ü\\n\"\n", "profiles/staging.toml": ""]
            let applied = try await fixture.apply(documents, base: 0, in: acme)
            #expect(applied.revision == 1)
            #expect(applied.changeVersion == before + 1)

            let current = try #require(try await fixture.policies.current(in: acme.scope))
            #expect(current.documents == documents)
            #expect(current.summary.digest == StoreFixture.policy().digest)
            #expect(current.summary.authorKind == "user")
            #expect(UserID(current.summary.authorID) == acme.admin)
            #expect(try await fixture.recorded(.policyApplied, acme.id) == 1)

            let superuser = try await fixture.test.superuser()
            let providers = try await superuser.query("SELECT * FROM providers ORDER BY profile")
            #expect(try providers.map { try $0.get("profile", as: String.self) } == ["production", "staging"])
            #expect(try providers.first?.get("base_url", as: String.self) == "https://production.example/openai")
            #expect(try providers.first?.get("credential", as: String.self) == "azure-prod")
            let logins = try await superuser.query("SELECT * FROM forced_login_policies ORDER BY profile")
            #expect(try logins.map { try $0.get("forced_method", as: String?.self) } == ["chatgpt", nil])
            #expect(try logins.allSatisfy { try $0.get("revision", as: Int64.self) == 1 })
        }
    }

    @Test func anApplyOnAnOldBaseIsAConflictAndChangesNothing() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            _ = try await fixture.apply(["a": "1"], base: 0, in: acme)
            #expect(await failure { _ = try await fixture.apply(["a": "2"], base: 0, in: acme) } == .conflict)
            #expect(try await fixture.policies.current(in: acme.scope)?.documents == ["a": "1"])
            #expect(try await fixture.recorded(.policyApplied, acme.id) == 1)
        }
    }

    @Test func ofManyAppliesOnOneBaseExactlyOneWins() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let results = await withTaskGroup(of: Failure?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        await failure { _ = try await fixture.apply(["n": "\(number)"], base: 0, in: acme) }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.filter { $0 == nil }.count == 1)
            #expect(results.filter { $0 == .conflict }.count == 7)
            #expect(try await fixture.policies.history(in: acme.scope).map(\.number) == [1])
        }
    }

    @Test func historyIsPagedNewestFirst() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            for base in 0..<5 { _ = try await fixture.apply(["n": "\(base)"], base: Int64(base), in: acme) }
            let first = try await fixture.policies.history(in: acme.scope, limit: 2)
            #expect(first.map(\.number) == [5, 4])
            let second = try await fixture.policies.history(in: acme.scope, before: 4, limit: 2)
            #expect(second.map(\.number) == [3, 2])
            #expect(try await fixture.policies.revision(3, in: acme.scope).documents == ["n": "2"])
        }
    }

    @Test func anApplyIsHeardByListeners() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let listener = try await fixture.test.session(.snapshot)
            try await listener.listen("keyreeve_change")
            let applied = try await fixture.apply(["a": "1"], base: 0, in: acme)
            let heard = try #require(try await listener.nextNotification(timeout: .seconds(2)))
            #expect(heard.payload == "\(acme.id) \(applied.changeVersion)")
        }
    }
}

extension StoreFixture {
    func apply(_ documents: [String: String], base: Int64, in home: Home) async throws -> AppliedRevision {
        try await policies.apply(
            documents,
            policy: Self.policy(),
            base: base,
            by: home.principal,
            in: home.scope
        ) { _ in Self.record(.policyApplied, home.id) }
    }
}
