import Audit
import FoundationEssentials
import KeyreeveTesting
import Logging
import Model
import Policy
import Postgres
import Store
import Testing

@Suite struct SnapshotLoadingTests {
    @Test func aSnapshotHoldsWhatRequestsAreDecidedBy() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.furnished("acme")
            let compiled = StoreFixture.policy("compiled")
            let repository = SnapshotRepository(snapshot: fixture.test.database.snapshot) { documents in
                #expect(documents == ["organization.toml": ""])
                return compiled
            }
            let snapshot = try #require(try await repository.load(acme.id))
            #expect(snapshot.name.text == "acme")
            #expect(snapshot.revision == 1)
            #expect(snapshot.policy == compiled)
            #expect(snapshot.changeVersion == (try await repository.versions()[acme.id]))
            #expect(snapshot.issuers.map(\.url) == [StoreFixture.issuer])
            let admin = try #require(snapshot.members[acme.admin])
            #expect(admin.active)
            #expect(admin.roles == [.organizationAdmin, .developer])
            #expect(admin.groups.map(\.text) == ["engineering"])
            let account = try #require(snapshot.serviceAccounts.first)
            #expect(account.value.name == StoreFixture.robot)
            #expect(account.value.roles == [.developer])
            #expect(account.value.profiles == nil)
            let token = try #require(snapshot.apiTokens.values.first)
            #expect(token.account == account.key)
            #expect(token.scopes == ["relay"])
            #expect(!token.revoked)
            #expect(snapshot.epochs.organization == 1)
            #expect(snapshot.credentials.count == 1)
            #expect(try await repository.load(.random()) == nil)
        }
    }

    @Test func anEndedRoleGrantIsNotInTheSnapshot() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            _ = try await fixture.people.grant(
                .auditor,
                to: acme.admin,
                until: Date().addingTimeInterval(-1),
                in: acme.scope,
                record: StoreFixture.record(.roleGranted, acme.id)
            )
            let snapshot = try #require(try await fixture.snapshots.load(acme.id))
            #expect(snapshot.members[acme.admin]?.roles == [.organizationAdmin, .developer])
        }
    }

    @Test func theRefresherFollowsChangesAndKeepsTheLastGoodRevision() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let holder = SnapshotHolder()
            let repository = SnapshotRepository(snapshot: fixture.test.database.snapshot) { documents in
                if documents["bad"] != nil { throw Failure.invalidDocument }
                return StoreFixture.policy()
            }
            let refresher = SnapshotRefresher(
                repository: repository,
                holder: holder,
                logger: Logger(label: "test"),
                pollInterval: .milliseconds(200)
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await refresher.run() }
                #expect(await eventually { holder.current.organization(acme.id) != nil && holder.isVerified })
                _ = try await fixture.apply(["good": ""], base: 0, in: acme)
                #expect(await eventually { holder.current.organization(acme.id)?.revision == 1 })
                _ = try await fixture.apply(["bad": ""], base: 1, in: acme)
                #expect(await eventually { refresher.refusedOrganizations == [acme.id] })
                #expect(holder.current.organization(acme.id)?.revision == 1)
                _ = try await fixture.apply(["good": ""], base: 2, in: acme)
                #expect(await eventually { holder.current.organization(acme.id)?.revision == 3 })
                #expect(refresher.refusedOrganizations.isEmpty)
                group.cancelAll()
            }
        }
    }

    @Test func theRefresherSurvivesALostSession() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let holder = SnapshotHolder()
            let refresher = SnapshotRefresher(
                repository: fixture.snapshots,
                holder: holder,
                logger: Logger(label: "test"),
                pollInterval: .milliseconds(100)
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await refresher.run() }
                #expect(await eventually { holder.isVerified })
                try await fixture.terminate("keyreeve_snapshot")
                _ = try await fixture.apply(["good": ""], base: 0, in: acme)
                #expect(await eventually { holder.isVerified && holder.current.organization(acme.id)?.revision == 1 })
                group.cancelAll()
            }
        }
    }
}

extension StoreFixture {
    /// Ends every session of a role in this database, as a restart of the server would.
    func terminate(_ role: String) async throws {
        try await test.superuser().query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = \(test.name)::name AND usename = \(role)::name
            """
        )
    }
}

/// Waits up to five seconds for something to become true.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now.advanced(by: .seconds(5))
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return false
}
