import Model
import Synchronization
import Testing

import struct FoundationEssentials.UUID

@testable import Audit

@Suite struct JournalTests {
    @Test func anAppendedRecordIsReadBackByteForByte() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        let record = sample(number: 7)
        let receipt = try await journal.append(record)
        let frames = try journal.readDurable(after: nil, limit: 10)
        #expect(frames.map(\.bytes) == [record.canonicalBytes])
        #expect(frames.map(\.organization) == [sampleOrganization])
        #expect(frames.map(\.position) == [receipt.position])
        #expect(frames.map(\.key) == [JournalKey(node: journal.node, incarnation: journal.incarnation, sequence: 1)])
        #expect(receipt.record == record.id)
        #expect(journal.durable == receipt.position)
        #expect(try journal.readDurable(after: receipt.position, limit: 10).isEmpty)
        journal.close()
    }

    @Test func aPlatformRecordHasNoOrganizationInItsFrame() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        try await _ = journal.append(AuditRecord(kind: .serverInitialized, organization: nil))
        #expect(try journal.readDurable(after: nil, limit: 1).first?.organization == nil)
    }

    @Test func aCallbackComesAfterTheSync() async throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let journal = try Journal.open(directory: directory.path, settings: .small(), files: disk.operations)
        let syncsBefore = disk.state.withLock { $0.syncs }
        let syncsSeen = await withCheckedContinuation { continuation in
            journal.append(sample()) { _ in continuation.resume(returning: disk.state.withLock { $0.syncs }) }
        }
        #expect(syncsSeen > syncsBefore)
    }

    @Test func aLaneIsToldOncePerCommitInOrder() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        let (first, second) = (RecordingLane(), RecordingLane())
        journal.append((0..<50).map { JournalEntry(sample(number: $0), tag: UInt64($0)) }, lane: first)
        journal.append(JournalEntry(sample(), tag: 99), lane: second)
        try await first.waitForSettlements(50)
        try await second.waitForSettlements(1)
        #expect(first.callCount == 1)
        #expect(first.settlements.map(\.tag) == Array(0..<50))
        #expect(second.settlements.map(\.tag) == [99])
        let positions = try first.settlements.map { try $0.result.get().position }
        #expect(positions == positions.sorted())
    }

    @Test func aRecordWithoutUrgencyNeedsNoOtherToBecomeDurable() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        for _ in 0..<5 {
            let before = journal.durable
            journal.append(sample(), urgency: .soon)
            #expect(await journal.waitForDurable(after: before, timeout: .seconds(30)))
        }
    }

    @Test func aRecordWithoutUrgencyRidesOnTheNextCommit() async throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let journal = try Journal.open(directory: directory.path, settings: .small(), files: disk.operations)
        try await _ = journal.append(sample())
        let syncs = disk.state.withLock { $0.syncs }
        let lane = RecordingLane()
        journal.append([JournalEntry(sample(), urgency: .soon, tag: 1), JournalEntry(sample(), tag: 2)], lane: lane)
        try await lane.waitForSettlements(2)
        #expect(disk.state.withLock { $0.syncs } == syncs + 1)
    }

    @Test func aClosedJournalRefuses() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        journal.close()
        journal.close()
        #expect(journal.state == .closed)
        await #expect(throws: JournalError.closed) { try await journal.append(sample()) }
        let lane = RecordingLane()
        journal.append(JournalEntry(sample(), tag: 5), lane: lane)
        journal.append([JournalEntry(sample(), tag: 6)], lane: lane)
        #expect(lane.settlements.map(\.tag) == [5, 6])
    }

    @Test func closingWritesWhatWaits() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        for number in 0..<20 { journal.append(sample(number: number), urgency: .soon) }
        journal.close()
        let again = try Journal.open(directory: directory.path, settings: .small())
        #expect(try again.allRecords().compactMap { $0.fields["number"]?.integer } == Array(0..<20))
    }

    @Test func aCleanReopeningKeepsIncarnationAndSequence() async throws {
        let directory = try TemporaryDirectory()
        var journal = try Journal.open(directory: directory.path, settings: .small())
        let (node, incarnation) = (journal.node, journal.incarnation)
        for round in 0..<4 {
            #expect(journal.node == node)
            #expect(journal.incarnation == incarnation)
            try await _ = journal.append(sample(number: round))
            journal.close()
            journal = try Journal.open(directory: directory.path, settings: .small())
        }
        #expect(try journal.allDurable().map(\.key.sequence) == [1, 2, 3, 4])
    }

    @Test func aSecondOpenerIsRefused() throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        #expect(throws: JournalError.alreadyOpen(directory: directory.path)) {
            try Journal.open(directory: directory.path, settings: .small())
        }
        journal.close()
    }

    @Test func aDroppedJournalGivesItsDirectoryBack() async throws {
        let directory = try TemporaryDirectory()
        do {
            let journal = try Journal.open(directory: directory.path, settings: .small())
            try await _ = journal.append(sample())
        }
        try await eventually { (try? Journal.open(directory: directory.path, settings: .small())) != nil }
    }

    @Test func tooLargeARecordIsRefusedAlone() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        let record = sample(padding: JournalSettings.maximumRecordBytes)
        await #expect(throws: JournalError.recordTooLarge(count: record.canonicalBytes.count)) {
            try await journal.append(record)
        }
        try await _ = journal.append(sample())
        #expect(try journal.allDurable().count == 1)
    }

    @Test func waitingEndsAtItsDeadlineAndOnCancellation() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        #expect(await journal.waitForDurable(after: nil, timeout: .milliseconds(20)) == false)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await journal.waitForDurable(after: nil, timeout: .seconds(60)) }
            group.cancelAll()
            #expect(await group.next() == false)
        }
        let receipt = try await journal.append(sample())
        #expect(await journal.waitForDurable(after: nil, timeout: .seconds(5)))
        #expect(await journal.waitForDurable(after: receipt.position, timeout: .milliseconds(20)) == false)
    }

    @Test func waitingForTheEndEndsWithTheJournal() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        async let end = journal.waitForEnd()
        try await Task.sleep(for: .milliseconds(10))
        journal.close()
        #expect(await end == .closed)
    }

    @Test(arguments: [(1 << 10, 1 << 30), (128 << 10, 256 << 10)] as [(Int64, Int64)])
    func settingsThatCannotWorkAreRefused(segment: Int64, quota: Int64) throws {
        let directory = try TemporaryDirectory()
        let settings = JournalSettings(segmentBytes: segment, quotaBytes: quota)
        #expect(throws: JournalError.self) { try Journal.open(directory: directory.path, settings: settings) }
    }

    @Test func tenThousandAppendsFromManyThreadsAreAllThereOnce() async throws {
        let directory = try TemporaryDirectory()
        let settings = JournalSettings(segmentBytes: 256 << 10, quotaBytes: 64 << 20, retention: .zero)
        let journal = try Journal.open(directory: directory.path, settings: settings)
        let receipts = try await withThrowingTaskGroup(of: [JournalReceipt].self) { group in
            for task in 0..<20 {
                group.addTask {
                    let lane = RecordingLane()
                    for number in 0..<500 {
                        journal.append(
                            JournalEntry(sample(number: task * 500 + number), tag: UInt64(number)),
                            lane: lane
                        )
                    }
                    try await lane.waitForSettlements(500)
                    return try lane.settlements.map { try $0.result.get() }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let frames = try journal.allDurable()
        #expect(receipts.count == 10_000)
        #expect(frames.map(\.key.sequence) == Array(1...10_000))
        #expect(Set(frames.map(\.position)) == Set(receipts.map(\.position)))
        let numbers = frames.compactMap { AuditRecord(canonicalBytes: $0.bytes)?.fields["number"]?.integer }
        #expect(Set(numbers) == Set(0..<10_000))
    }
}
