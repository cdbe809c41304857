import Model
import Policy
import Testing

@Suite struct SnapshotTests {
    @Test func anOrganizationIsFoundByIdAndByName() throws {
        let holder = SnapshotHolder()
        let organization = try PolicyFixtures.snapshot()
        holder.replace(organization)
        #expect(holder.current.organization(organization.id)?.revision == 7)
        #expect(holder.current.organization(named: organization.name)?.id == organization.id)
        holder.remove(organization.id)
        #expect(holder.current.organization(organization.id) == nil)
        #expect(holder.current.organization(named: organization.name) == nil)
    }

    @Test func anOlderLoadDoesNotReplaceANewerOne() throws {
        let holder = SnapshotHolder()
        holder.replace(try PolicyFixtures.snapshot(version: 5))
        holder.replace(try PolicyFixtures.snapshot(version: 4))
        #expect(holder.current.organization(PolicyFixtures.organization)?.changeVersion == 5)
        holder.replace(try PolicyFixtures.snapshot(version: 6))
        #expect(holder.current.organization(PolicyFixtures.organization)?.changeVersion == 6)
    }

    @Test func aReaderKeepsWhatItRead() throws {
        let holder = SnapshotHolder()
        holder.replace(try PolicyFixtures.snapshot())
        let read = holder.current
        holder.remove(PolicyFixtures.organization)
        #expect(read.organization(PolicyFixtures.organization) != nil)
    }

    @Test func freshnessIsWhatTheLastComparisonSaid() {
        let holder = SnapshotHolder()
        #expect(!holder.isVerified)
        #expect(holder.lastVerified == nil)
        let now = ContinuousClock.now
        holder.verified(at: now)
        #expect(holder.isVerified)
        holder.verificationFailed()
        #expect(!holder.isVerified)
        #expect(holder.lastVerified == now)
    }

    @Test func peopleSeeTheProfilesOpenToThem() throws {
        let snapshot = try PolicyFixtures.snapshot()
        #expect(snapshot.profiles(for: .user(PolicyFixtures.engineer)).map(\.text) == ["production", "staging"])
        #expect(snapshot.profiles(for: .user(PolicyFixtures.guest)).map(\.text) == ["staging"])
        #expect(snapshot.profiles(for: .user(PolicyFixtures.auditor)).isEmpty)
        #expect(snapshot.profiles(for: .serviceAccount(PolicyFixtures.robot)).map(\.text) == ["production"])
        #expect(snapshot.profiles(for: .platformOperator(PolicyFixtures.engineer)).isEmpty)
    }

    @Test func whatHoldsForSomeoneIsTheSameEveryTime() throws {
        let snapshot = try PolicyFixtures.snapshot()
        let first = try snapshot.effective(profile: PolicyFixtures.staging, for: .user(PolicyFixtures.guest)).get()
        let second = try snapshot.effective(profile: PolicyFixtures.staging, for: .user(PolicyFixtures.engineer)).get()
        #expect(first == second)
    }

    @Test func epochsOfTheUnknownAreZero() {
        let user = UserID.random()
        let epochs = Epochs(organization: 2, users: [user: 3])
        #expect(epochs.organization == 2)
        #expect(epochs.user(user) == 3)
        #expect(epochs.user(.random()) == 0)
        #expect(epochs.session(.random()) == 0)
        #expect(epochs.serviceAccount(.random()) == 0)
    }

    @Test func withoutDocumentsTheDefaultsHold() {
        let settings = OrganizationSettings.standard
        #expect(settings.relayTokenLifetime == 600)
        #expect(settings.assertionLifetime == 43_200)
        #expect(settings.refreshLifetime == 2_592_000)
        #expect(settings.sessionStore == .auto)
    }
}
