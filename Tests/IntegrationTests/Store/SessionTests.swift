import Audit
import FoundationEssentials
import KeyreeveTesting
import Model
import Policy
import Postgres
import Store
import Testing

@Suite struct SessionTests {
    @Test func aUsedRefreshTokenGivesTheSameSuccessorForAMinuteAndThenEndsTheFamily() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let now = Date()
            let second = try await fixture.refresh(acme.refreshToken, at: now)
            #expect(second.refreshToken != acme.refreshToken)
            #expect(second.session == acme.session)
            for elapsed in [0, 1, 59.9] {
                let repeated = try await fixture.refresh(acme.refreshToken, at: now.addingTimeInterval(elapsed))
                #expect(repeated.refreshToken == second.refreshToken)
            }
            let third = try await fixture.refresh(second.refreshToken, at: now.addingTimeInterval(70))
            let before = try await fixture.snapshots.versions()[acme.id] ?? 0

            let late = now.addingTimeInterval(131)
            #expect(
                await failure { _ = try await fixture.refresh(second.refreshToken, at: late) } == .refreshTokenReused
            )
            // The thief and the owner are told the same, from now on.
            for token in [acme.refreshToken, second.refreshToken, third.refreshToken] {
                #expect(await failure { _ = try await fixture.refresh(token, at: late) } == .refreshTokenReused)
            }
            #expect(try await fixture.recorded(.sessionEnded, acme.id) == 1)
            let snapshot = try #require(try await fixture.snapshots.load(acme.id))
            #expect(snapshot.epochs.session(acme.session) == 1)
            #expect(snapshot.changeVersion == before + 1)
        }
    }

    @Test func aTokenTwoGenerationsBackEndsTheFamilyAtOnce() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let now = Date()
            let second = try await fixture.refresh(acme.refreshToken, at: now)
            _ = try await fixture.refresh(second.refreshToken, at: now)
            #expect(await failure { _ = try await fixture.refresh(acme.refreshToken, at: now) } == .refreshTokenReused)
        }
    }

    @Test func fiftyRefreshesAtOnceRotateOnce() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let now = Date()
            // Waiting for a session is not what is tested here, and the machine may be busy.
            let patient = PostgresPool(
                conninfo: fixture.test.conninfo(.app),
                expectedRole: DatabaseRole.app.rawValue,
                size: 8,
                acquireTimeout: .seconds(60)
            )
            let sessions = SessionRepository(app: patient, tokens: fixture.tokens)
            let successors = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await fixture.refresh(acme.refreshToken, at: now, by: sessions).refreshToken
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            await patient.close()
            #expect(successors.count == 1)
            let rows = try await fixture.test.superuser().query("SELECT max(generation) AS generation FROM sessions")
            #expect(try rows.first?.get("generation", as: Int64.self) == 2)
        }
    }

    @Test func expiredEndedDisabledAndForeignTokensAreToldApart() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let now = Date()
            let tomorrow = now.addingTimeInterval(86_401)
            #expect(await failure { _ = try await fixture.refresh(acme.refreshToken, at: tomorrow) } == .expiredToken)
            for forged in ["", "krv_rt_", acme.refreshToken + "A", String(acme.refreshToken.dropLast(2)) + "AA"] {
                #expect(await failure { _ = try await fixture.refresh(forged, at: now) } == .invalidToken)
            }
            let record = StoreFixture.record(.sessionEnded, acme.id)
            _ = try await fixture.sessions.end(acme.session, in: acme.scope, now: now, record: record)
            _ = try await fixture.sessions.end(acme.session, in: acme.scope, now: now, record: record)
            #expect(try await fixture.recorded(.sessionEnded, acme.id) == 1)
            #expect(await failure { _ = try await fixture.refresh(acme.refreshToken, at: now) } == .revokedToken)

            let other = try await fixture.signIn(acme.id, subject: "ada", mail: nil)
            _ = try await fixture.people.disable(
                acme.admin,
                in: acme.scope,
                record: StoreFixture.record(.userDeactivated, acme.id)
            )
            #expect(await failure { _ = try await fixture.refresh(other.refreshToken, at: now) } == .revokedToken)
            #expect(await failure { _ = try await fixture.signIn(acme.id, subject: "ada", mail: nil) } == .notAMember)
        }
    }

    @Test func aSessionOfAnotherOrganizationCannotBeEnded() async throws {
        try await StoreFixture.with { fixture in
            let acme = try await fixture.organization("acme")
            let globex = try await fixture.organization("globex")
            let record = StoreFixture.record(.sessionEnded, globex.id)
            _ = try await fixture.sessions.end(acme.session, in: globex.scope, now: Date(), record: record)
            #expect(try await fixture.recorded(.sessionEnded, globex.id) == 0)
            _ = try await fixture.refresh(acme.refreshToken, at: Date())
        }
    }
}

extension StoreFixture {
    func refresh(
        _ token: String,
        at now: Date,
        by repository: SessionRepository? = nil
    ) async throws -> SessionGrant {
        let sessions = repository ?? sessions
        return try await sessions.refresh(token, expiresAt: now.addingTimeInterval(86_400), now: now) {
            organization,
            outcome in
            switch outcome {
            case .rotated, .repeated: Self.record(.sessionRefreshed, organization)
            case .reused: Self.record(.sessionEnded, organization)
            }
        }
    }
}
