import Audit
import FoundationEssentials
import KeyreeveTesting
import Logging
import Model
import Postgres
import Store
import Testing

@Suite struct AuditLedgerTests {
    @Test func aJournalledRecordIsQueryableWithinASecond() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            try await fixture.whileRunning {
                try await fixture.settle()
                for _ in 0..<5 {
                    let request = UUID().uuidString
                    let started = ContinuousClock.now
                    _ = try await fixture.journal.append(
                        AuditRecord(kind: .relayDenied, organization: acme.id, fields: ["request_id": .string(request)])
                    )
                    let query = try AuditQuery.parse("request:\(request)")
                    #expect(
                        try await eventually {
                            try await !fixture.audit.entries(query, in: acme.scope).elements.isEmpty
                        }
                    )
                    #expect(started.duration(to: .now) < .seconds(4))
                }
            }
        }
    }

    @Test func everyOrganizationHasADenseSequenceOfItsOwn() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            let globex = try await fixture.store.organization("globex")
            for number in 0..<200 {
                let organization = number % 3 == 0 ? globex.id : acme.id
                _ = try await fixture.journal.append(
                    AuditRecord(
                        kind: .tokenExchanged,
                        organization: organization,
                        fields: ["n": .integer(Int64(number))]
                    )
                )
            }
            try await fixture.whileRunning { try await fixture.settle() }
            let superuser = try await fixture.store.test.superuser()
            let rows = try await superuser.query(
                """
                SELECT organization_id, count(*) AS n, min(sequence) AS first, max(sequence) AS last
                FROM audit_ledger GROUP BY 1
                """
            )
            #expect(rows.count == 3)
            for row in rows {
                #expect(try row.get("first", as: Int64.self) == 1)
                #expect(try row.get("last", as: Int64.self) == (try row.get("n", as: Int64.self)))
            }
            // A journal's order is the ledger's.
            let page = try await fixture.audit.records(
                try AuditQuery.parse("kind:token.exchanged"),
                in: acme.scope,
                order: .oldestFirst,
                limit: 1000
            )
            let numbers = page.elements.compactMap { AuditRecord(canonicalBytes: $0.bytes)?.fields["n"]?.integer }
            #expect(numbers == (0..<200).filter { $0 % 3 != 0 })
        }
    }

    @Test func shippingAgainAddsNothing() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            for _ in 0..<50 {
                _ = try await fixture.journal.append(AuditRecord(kind: .tokenExchanged, organization: acme.id))
            }
            try await fixture.whileRunning { try await fixture.settle() }
            let before = try await fixture.ledgerCount()
            let frames = try fixture.journal.readDurable(after: nil, limit: 1000)
            let ship = try await fixture.store.test.session(.ship)
            try await AuditIntake.prepare(ship)
            try await AuditIntake.insert(frames, on: ship)
            // After retention the intake no longer knows them; the ledger does.
            let superuser = try await fixture.store.test.superuser()
            try await superuser.execute("UPDATE audit_intake SET received_at = now() - interval '30 days'")
            let retention = try await fixture.store.test.session(.retention)
            try await retention.execute("CALL release_intake('7 days')")
            let left = try await superuser.query("SELECT count(*) AS n FROM audit_intake")
            #expect(try left.first?.get("n", as: Int.self) == 0)
            try await AuditIntake.insert(frames, on: ship)
            try await fixture.whileRunning { try await fixture.settle() }
            #expect(try await fixture.ledgerCount() == before)
        }
    }

    @Test func otherBytesUnderAFramesKeyStopTheShipper() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            _ = try await fixture.journal.append(AuditRecord(kind: .tokenExchanged, organization: acme.id))
            let frame = try #require(try fixture.journal.readDurable(after: nil, limit: 1).first)
            let superuser = try await fixture.store.test.superuser()
            try await superuser.execute(
                """
                INSERT INTO audit_intake (organization_id, node_id, incarnation, sequence, record)
                VALUES (\(acme.id), \(frame.key.node), \(frame.key.incarnation), \(frame.key.sequence), '\\x7b7d')
                """
            )
            let shipper = AuditShipper(
                journal: fixture.journal,
                ship: fixture.store.test.database.ship,
                logger: Logger(label: "test")
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await shipper.run() }
                #expect(await eventually { shipper.alarm == .differentBytes(frame.key) })
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(fixture.journal.released == nil)
        }
    }

    @Test func shippingAndSequencingSurviveLostSessions() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            try await fixture.whileRunning {
                for round in 0..<3 {
                    for _ in 0..<20 {
                        _ = try await fixture.journal.append(AuditRecord(kind: .tokenExchanged, organization: acme.id))
                    }
                    try await fixture.store.terminate(round == 1 ? "keyreeve_ship" : "keyreeve_sequence")
                }
                try await fixture.settle()
            }
            let query = try AuditQuery.parse("kind:token.exchanged")
            #expect(try await fixture.audit.records(query, in: acme.scope).elements.count == 60)
        }
    }

    @Test func aSecondSequencerWaitsItsTurn() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            let second = AuditSequencer(
                sequence: PostgresPool(
                    conninfo: fixture.store.test.conninfo(.sequence),
                    expectedRole: DatabaseRole.sequence.rawValue,
                    size: 1
                ),
                logger: Logger(label: "second")
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await second.run() }
                try await fixture.whileRunning {
                    for _ in 0..<100 {
                        _ = try await fixture.journal.append(AuditRecord(kind: .tokenExchanged, organization: acme.id))
                    }
                    try await fixture.settle()
                }
                group.cancelAll()
            }
            let query = try AuditQuery.parse("kind:token.exchanged")
            #expect(try await fixture.audit.records(query, in: acme.scope).elements.count == 100)
        }
    }

    @Test func hostileValuesAndUnreadableBytesTakeTheirPlaceInTheLedger() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            let nasty = ["\0", "\\u0000", "\u{FFFF}", "'; DROP TABLE users; --", String(repeating: "é", count: 10_000)]
            for model in nasty {
                _ = try await fixture.journal.append(
                    AuditRecord(
                        kind: .relayDenied,
                        organization: acme.id,
                        fields: ["model": .string(model), "status": .integer(.max), "actor_id": .string(model)]
                    )
                )
            }
            let superuser = try await fixture.store.test.superuser()
            try await superuser.execute(
                """
                INSERT INTO audit_intake (organization_id, node_id, incarnation, sequence, record)
                VALUES (\(acme.id), \(UUID()), \(UUID()), 1, '\\xff00')
                """
            )
            try await fixture.whileRunning { try await fixture.settle() }
            let denied = try await fixture.audit.entries(try AuditQuery.parse("kind:relay.denied"), in: acme.scope)
            #expect(denied.elements.count == nasty.count)
            #expect(denied.elements.allSatisfy { $0.status == .max })
            let rows = try await superuser.query("SELECT count(*) AS n FROM audit_ledger WHERE kind = 'unreadable'")
            #expect(try rows.first?.get("n", as: Int.self) == 1)
        }
    }

    @Test func anIntentAndItsOutcomeAreOneEntry() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            try await fixture.exchange(acme.id, profile: "production", model: "gpt-5.4", status: 200, actor: acme.admin)
            try await fixture.exchange(
                acme.id,
                profile: "staging",
                model: "gpt-5.4-mini",
                status: 502,
                actor: acme.admin
            )
            let open = AuditRecord(kind: .relayIntent, organization: acme.id, fields: ["profile": "production"])
            _ = try await fixture.journal.append(open)
            try await fixture.whileRunning { try await fixture.settle() }

            let entries = { (query: String) in try await fixture.entries(query, in: acme.scope) }
            let all = try await entries("kind:relay.*")
            #expect(all.count == 3)
            let good = try #require(try await entries("profile:production status:200").first)
            #expect(good.settlement == "relay.outcome")
            #expect(good.model == "gpt-5.4")
            #expect(good.decision == "allow")
            #expect(good.inputTokens == 10)
            #expect(good.outputTokens == 20)
            #expect(good.responseBytes == 300)
            #expect(good.durationMilliseconds == 1234)
            #expect(try await entries("kind:relay.intent -status:200").count == 2)
            #expect(try await entries("profile:production kind:relay.intent").count == 2)
            #expect(try await entries("model:gpt-*-mini").map(\.profile) == ["staging"])
            #expect(try await entries("status:5xx").count == 1)
            #expect(try await entries("kind:relay.outcome").count == 2)
            #expect(try await entries("actor:\(acme.admin)").count == 2)
            #expect(try await entries("actor:ADMIN@acme.example").count == 2)
            #expect(try await entries("actor:nobody@acme.example").isEmpty)
            #expect(try await entries("until:1h").isEmpty)
            #expect(try await entries("kind:relay.* since:1h").count == 3)

            let lines = try await fixture.audit.records(
                try AuditQuery.parse("kind:relay.*"),
                in: acme.scope,
                order: .oldestFirst
            )
            #expect(lines.elements.count == 5)
            #expect(AuditRecord(canonicalBytes: lines.elements[0].bytes)?.kind == .relayIntent)
        }
    }

    @Test func pagesMeetWithoutGapOrOverlapInBothOrders() async throws {
        try await AuditFixture.with { fixture in
            let acme = try await fixture.store.organization("acme")
            let globex = try await fixture.store.organization("globex")
            for _ in 0..<25 {
                _ = try await fixture.journal.append(AuditRecord(kind: .tokenExchanged, organization: acme.id))
            }
            try await fixture.whileRunning { try await fixture.settle() }
            let query = try AuditQuery.parse("kind:token.exchanged")
            for order in [AuditOrder.newestFirst, .oldestFirst] {
                var sequences: [Int64] = []
                var after: Int64?
                repeat {
                    let page = try await fixture.audit.entries(
                        query,
                        in: acme.scope,
                        order: order,
                        after: after,
                        limit: 7
                    )
                    sequences += page.elements.map(\.sequence)
                    after = page.next
                } while after != nil
                #expect(sequences.count == 25)
                #expect(sequences == sequences.sorted(by: { order == .oldestFirst ? $0 < $1 : $0 > $1 }))
            }
            #expect(try await fixture.audit.entries(query, in: globex.scope).elements.isEmpty)
        }
    }
}
