import Audit
import FoundationEssentials
import KeyreeveTesting
import Model
import Store
import Testing

@Suite struct OrganizationTests {
    @Test func anOperatorMakesAnOrganizationWithAnAdminAndBothLedgersSaySo() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            #expect(try await fixture.organizations.issuers(in: acme.scope).map(\.url) == [StoreFixture.issuer])
            let admin = try await fixture.people.person(acme.admin, in: acme.scope)
            #expect(admin.status == .active)
            #expect(admin.mail == "Admin@acme.example")
            #expect(admin.displayName == "Ada")
            #expect(admin.roles == [.organizationAdmin, .developer])
            #expect(admin.groups.map(\.text) == ["engineering"])
            #expect(try await fixture.recorded(.organizationCreated, acme.id) == 1)
            #expect(try await fixture.recorded(.organizationCreated, nil) == 1)
        }
    }

    @Test func onlyAnOperatorMakesOrganizationsAndNamesAreUnique() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            func new(_ name: String) -> NewOrganization {
                NewOrganization(
                    name: OrganizationName(unchecked: name),
                    issuer: IssuerRegistration(url: StoreFixture.issuer, clientID: "c"),
                    admin: Invitation(mail: "a@b", roles: [.organizationAdmin], expiresAt: Date())
                )
            }
            let byAdmin = await #expect(throws: Failure.self) {
                _ = try await fixture.organizations.create(new("other"), by: acme.principal) { _ in [] }
            }
            #expect(byAdmin == .roleRequired)
            for name in ["acme", "platform", "recipes"] {
                let taken = await #expect(throws: (any Error).self) {
                    _ = try await fixture.organizations.create(new(name), by: StoreFixture.operatorPrincipal) { _ in []
                    }
                }
                #expect(taken.map(Failure.init(storeError:)) == .conflict, "\(name)")
            }
            #expect(try await fixture.snapshots.versions().count == 2)
        }
    }

    @Test func anOperatorRoleExistsOnThePlatformOnlyAndEveryOtherRoleOnlyInside() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let record = StoreFixture.record(.roleGranted, acme.id)
            await #expect(throws: (any Error).self) {
                _ = try await fixture.people.grant(.platformOperator, to: acme.admin, in: acme.scope, record: record)
            }
            #expect(try await !fixture.people.hasOperator())
            let person = Invitation(mail: "op@example", roles: [.platformOperator], expiresAt: Date())
            _ = try await fixture.people.admitLocalUser(person, in: .platform) { _ in
                StoreFixture.record(.serverInitialized, nil)
            }
            #expect(try await fixture.people.hasOperator())
        }
    }

    @Test func aFailedChangeLeavesNoRecordAndNoVersion() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let before = try await fixture.snapshots.versions()[acme.id]
            let failure = await #expect(throws: Failure.self) {
                _ = try await fixture.people.grant(
                    .auditor,
                    to: .random(),
                    in: acme.scope,
                    record: StoreFixture.record(.roleGranted, acme.id)
                )
            }
            #expect(failure == .notFound)
            #expect(try await fixture.snapshots.versions()[acme.id] == before)
            #expect(try await fixture.recorded(.roleGranted, acme.id) == 0)
        }
    }
}
