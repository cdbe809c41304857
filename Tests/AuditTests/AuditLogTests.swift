import Model
import Testing

import struct FoundationEssentials.UUID

@testable import Audit

@Suite struct AuditLogTests {
    private func intent() -> AuditRecord {
        AuditRecord(
            kind: .relayIntent,
            organization: sampleOrganization,
            fields: ["profile": "production", "provider": "azure", "request_bytes": 10, "decision": "allow"]
        )
    }

    private func settled(_ journal: Journal, count: Int) async throws -> [AuditRecord] {
        try await eventually { try journal.allDurable().count >= count }
        return try journal.allRecords()
    }

    @Test func aClosedTicketRecordsItsOutcomeWithTheContextOfItsIntent() async throws {
        let directory = try TemporaryDirectory()
        let log = AuditLog(journal: try Journal.open(directory: directory.path, settings: .small()))
        let intent = intent()
        let ticket = try await log.open(intent)
        #expect(ticket.intent == intent.id)
        #expect(try log.journal.allRecords() == [intent])
        ticket.close(["status": 200, "output_tokens": 5, "provider": "azure-2"])
        let records = try await settled(log.journal, count: 2)
        #expect(records.map(\.kind) == [.relayIntent, .relayOutcome])
        #expect(records[1].intent == intent.id)
        #expect(records[1].organization == sampleOrganization)
        #expect(
            records[1].fields == [
                "decision": "allow", "output_tokens": 5, "profile": "production", "provider": "azure-2", "status": 200,
            ]
        )
    }

    @Test func aDroppedTicketRecordsThatItWasAbandoned() async throws {
        let directory = try TemporaryDirectory()
        let log = AuditLog(journal: try Journal.open(directory: directory.path, settings: .small()))
        let intent = intent()
        do { _ = try await log.open(intent) }
        let records = try await settled(log.journal, count: 2)
        #expect(records.map(\.kind) == [.relayIntent, .relayAbandoned])
        #expect(records.last?.intent == intent.id)
    }

    @Test func aLaneConfirmsItsPendingTicket() async throws {
        let directory = try TemporaryDirectory()
        let log = AuditLog(journal: try Journal.open(directory: directory.path, settings: .small()))
        let lane = RecordingLane()
        let pending = log.open(intent(), lane: lane, tag: 7)
        try await lane.waitForSettlements(1)
        let settlement = try #require(lane.settlements.first)
        #expect(settlement.tag == 7)
        let ticket = try pending.confirm(settlement.result)
        ticket.close(["status": 204])
        let records = try await settled(log.journal, count: 2)
        #expect(records.map(\.kind) == [.relayIntent, .relayOutcome])
    }

    @Test func aPendingTicketGivenUpIsRecordedAsAbandoned() async throws {
        let directory = try TemporaryDirectory()
        let log = AuditLog(journal: try Journal.open(directory: directory.path, settings: .small()))
        let lane = RecordingLane()
        do { _ = log.open(intent(), lane: lane, tag: 1) }
        let records = try await settled(log.journal, count: 2)
        #expect(records.map(\.kind) == [.relayIntent, .relayAbandoned])
        #expect(records.last?.fields["reason"] == "client_gone")
    }

    @Test func aRefusedIntentLeavesNothingToSettle() async throws {
        let directory = try TemporaryDirectory()
        let log = AuditLog(journal: try Journal.open(directory: directory.path, settings: .small()))
        let pending = log.open(intent(), lane: RecordingLane(), tag: 1)
        let confirmed: JournalError?
        do throws(JournalError) {
            try pending.confirm(.failure(.full)).close([:])
            confirmed = nil
        } catch {
            confirmed = error
        }
        #expect(confirmed == .full)
        try await log.record(sample())
        #expect(try log.journal.allRecords().map(\.kind) == [.relayIntent, .tokenExchanged])
    }

    @Test func aReceiptOfAnotherIntentOpensNothing() async throws {
        let directory = try TemporaryDirectory()
        let log = AuditLog(journal: try Journal.open(directory: directory.path, settings: .small()))
        let receipt = try await log.record(sample())
        let pending = log.open(intent(), lane: RecordingLane(), tag: 1)
        let confirmed: JournalError?
        do throws(JournalError) {
            try pending.confirm(.success(receipt)).close([:])
            confirmed = nil
        } catch {
            confirmed = error
        }
        #expect(confirmed == .unusableReceipt)
        let records = try await settled(log.journal, count: 3)
        #expect(records.map(\.kind) == [.tokenExchanged, .relayIntent, .relayAbandoned])
    }

    @Test func aNoteIsWrittenSoon() async throws {
        let directory = try TemporaryDirectory()
        let log = AuditLog(journal: try Journal.open(directory: directory.path, settings: .small()))
        log.note(sample(.configurationFetched))
        #expect(try await settled(log.journal, count: 1).map(\.kind) == [.configurationFetched])
    }
}
