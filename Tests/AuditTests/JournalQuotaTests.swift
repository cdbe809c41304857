import Glibc
import Model
import Synchronization
import Testing

import struct FoundationEssentials.UUID

@testable import Audit

@Suite struct JournalQuotaTests {
    @Test func unreleasedRecordsThrottleThenFillAndReleasingHelps() async throws {
        let directory = try TemporaryDirectory()
        let settings = JournalSettings.small(segments: 4)
        let journal = try Journal.open(directory: directory.path, settings: settings)
        var states: Set<JournalState> = []
        var accepted = 0
        do {
            while accepted < 1000 {
                try await _ = journal.append(sample(number: accepted, padding: 8000))
                accepted += 1
                states.insert(journal.state)
            }
        } catch {
            #expect(error == .full)
        }
        #expect(states.contains(.writable))
        #expect(states.contains(.throttled))
        let frames = try journal.allDurable()
        #expect(frames.count == accepted)
        #expect(Int64(frames.reduce(0) { $0 + $1.bytes.count }) < settings.quotaBytes)
        // The outcome of what was let through still finds room.
        let outcome = AuditRecord(kind: .relayOutcome, organization: sampleOrganization, intent: .init())
        try await _ = journal.append(outcome)
        await #expect(throws: JournalError.full) { try await journal.append(sample(padding: 8000)) }
        // Shipped: there is room again, and what was not shipped is still there.
        journal.release(through: frames[accepted - 10].position)
        #expect(journal.state == .writable)
        for number in 0..<10 { try await _ = journal.append(sample(number: number, padding: 8000)) }
        let rest = try journal.allDurable(after: frames[accepted - 10].position)
        #expect(rest.prefix(9).map(\.key) == frames.suffix(9).map(\.key))
        #expect(rest.count == 9 + 1 + 10)
    }

    @Test(arguments: [(0, 0), (79, 0), (80, 1), (95, 100), (200, 100)])
    func theBrakeIsFirmerTheFullerItIs(percent: Int64, milliseconds: Int32) {
        let settings = JournalSettings(segmentBytes: 1 << 20, quotaBytes: 100 << 20)
        let used = settings.quotaBytes / 100 * percent
        #expect(settings.commitPauseMilliseconds(usedBytes: used) == milliseconds)
    }

    @Test func recycledSegmentsShowNothingOfTheirEarlierUse() async throws {
        let directory = try TemporaryDirectory()
        let settings = JournalSettings.small(segments: 4)
        let journal = try Journal.open(directory: directory.path, settings: settings)
        var position: JournalPosition?
        for number in 0..<400 {
            position = try await journal.append(sample(number: number, padding: 3000 + number % 7)).position
            if let position, number < 395 { journal.release(through: position) }
        }
        #expect(TemporaryDirectory.names(in: directory.path).count { $0.hasPrefix("segment-") } <= 4)
        let unshipped = try journal.allDurable(after: journal.released)
        #expect(unshipped.map(\.key.sequence) == Array(396...400))
        // The same after a crash: stale frames behind the end are not taken for the next ones.
        let copy = try directory.copy()
        journal.close()
        let again = try Journal.open(directory: copy.path, settings: settings)
        #expect(again.released == unshipped.first.map { _ in journal.released } ?? nil)
        let sequences = try again.allDurable(after: again.released)
            .filter { $0.key.incarnation == journal.incarnation }.map(\.key.sequence)
        #expect(sequences == Array(396...400))
    }

    @Test func releasedSegmentsAreKeptForTheRetentionAsTheQuotaAllows() async throws {
        let directory = try TemporaryDirectory()
        let settings = JournalSettings.small(segments: 6, retention: .seconds(3600))
        let journal = try Journal.open(directory: directory.path, settings: settings)
        for number in 0..<60 {
            let receipt = try await journal.append(sample(number: number, padding: 8000))
            journal.release(through: receipt.position)
        }
        // About four segments' worth: everything can still be shipped again.
        #expect(try journal.allDurable().count == 60)
        #expect(journal.usage.unreleasedBytes == 0)
        for number in 0..<60 {
            let receipt = try await journal.append(sample(number: number, padding: 8000))
            journal.release(through: receipt.position)
        }
        // More than the quota: the oldest had to go, the state is fine.
        #expect(try journal.allDurable().count < 120)
        #expect(journal.state == .writable)
    }

    @Test func aReleaseBehindTheEndOrBackwardsIsHarmless() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        journal.release(through: JournalPosition(segment: 9, offset: 9))
        #expect(journal.released == nil)
        let first = try await journal.append(sample()).position
        let second = try await journal.append(sample()).position
        journal.release(through: JournalPosition(segment: .max, offset: .max))
        #expect(journal.released == second)
        journal.release(through: first)
        #expect(journal.released == second)
    }

    @Test func aForgottenReleaseShipsEverythingAgain() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        journal.release(through: try await journal.append(sample()).position)
        #expect(journal.usage.unreleasedBytes == 0)
        journal.forgetRelease()
        #expect(journal.released == nil)
        #expect(journal.usage.unreleasedBytes > 0)
        journal.close()
        #expect(try Journal.open(directory: directory.path, settings: .small()).released == nil)
    }

    @Test func aReleaseFromAnEarlierLifeOfTheDirectoryReleasesNothing() async throws {
        let directory = try TemporaryDirectory()
        var journal = try Journal.open(directory: directory.path, settings: .small())
        journal.release(through: try await journal.append(sample()).position)
        journal.close()
        // Somebody moved the segments away and left the rest.
        try directory.writeFile("segment-0", [UInt8](repeating: 0, count: 128 << 10))
        journal = try Journal.open(directory: directory.path, settings: .small())
        try await _ = journal.append(sample(number: 1))
        journal.close()
        journal = try Journal.open(directory: directory.path, settings: .small())
        #expect(journal.durable != nil)
        #expect(try journal.allDurable(after: journal.released).count == 1)
        #expect(try journal.allDurable().map(\.key.sequence) == [1])
    }

    @Test func aDamagedReleaseCursorShipsEverythingAgain() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        journal.release(through: try await journal.append(sample()).position)
        journal.close()
        try directory.writeFile("released", [1, 2, 3])
        let again = try Journal.open(directory: directory.path, settings: .small())
        #expect(again.released == nil)
        #expect(try again.allDurable().count == 1)
    }
}

@Suite struct JournalFaultTests {
    @Test(arguments: [EIO, ENOSPC])
    func afterAFailedSyncNothingIsPromisedAnyMore(code: Int32) async throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let journal = try Journal.open(directory: directory.path, settings: .small(), files: disk.operations)
        try await _ = journal.append(sample(number: 1))
        disk.set { $0.syncFailure = code }
        await #expect(throws: JournalError.unwritable) { try await journal.append(sample(number: 2)) }
        #expect(journal.state == .unwritable)
        #expect(await journal.waitForEnd() == .unwritable)
        // The disk is well again, the journal stays as it is: no second sync says "fine".
        disk.set { $0.syncFailure = nil }
        let syncs = disk.state.withLock { $0.syncs }
        await #expect(throws: JournalError.unwritable) { try await journal.append(sample(number: 3)) }
        #expect(disk.state.withLock { $0.syncs } == syncs)
        #expect(try journal.allDurable().count == 1)
        journal.close()
        let again = try Journal.open(directory: directory.path, settings: .small())
        #expect(again.incarnation != journal.incarnation)
        #expect(try again.allRecords().contains { $0.fields["number"] == 1 })
        #expect(try !again.allRecords().contains { $0.fields["number"] == 3 })
    }

    @Test func aFailedWriteIsTheSame() async throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let journal = try Journal.open(directory: directory.path, settings: .small(), files: disk.operations)
        disk.set { $0.writeFailure = ENOSPC }
        let lane = RecordingLane()
        journal.append((0..<3).map { JournalEntry(sample(number: $0), tag: UInt64($0)) }, lane: lane)
        try await lane.waitForSettlements(3)
        #expect(lane.settlements.allSatisfy { $0.result == .failure(.unwritable) })
        #expect(journal.state == .unwritable)
    }

    @Test func aFullDiskRefusesAndRecoversWithoutARestart() async throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let journal = try Journal.open(directory: directory.path, settings: .small(), files: disk.operations)
        disk.set { $0.zerosFailure = ENOSPC }
        var accepted = 0
        let error = await #expect(throws: JournalError.self) {
            while accepted < 1000 {
                try await _ = journal.append(sample(number: accepted, padding: 8000))
                accepted += 1
            }
        }
        #expect(error == .full)
        #expect(accepted > 0)
        #expect(journal.state == .full)
        #expect(try journal.allDurable().count == accepted)
        // An outcome that finds no room waits, and is written when there is some.
        let outcome = AuditRecord(
            kind: .relayOutcome,
            organization: sampleOrganization,
            intent: .init(),
            fields: ["detail": .string(String(repeating: "y", count: 60_000))]
        )
        journal.append(outcome, urgency: .soon)
        journal.append(outcome, urgency: .soon)
        try await Task.sleep(for: .milliseconds(100))
        disk.set { $0.zerosFailure = nil }
        try await eventually { try journal.allDurable().count == accepted + 2 }
        #expect(journal.state == .writable)
        try await _ = journal.append(sample())
    }

    @Test func aFullDiskDoesNotKeepTheJournalFromClosing() async throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let journal = try Journal.open(directory: directory.path, settings: .small(), files: disk.operations)
        let intent = AuditRecord(kind: .relayIntent, organization: sampleOrganization)
        try await _ = journal.append(intent)
        disk.set { $0.zerosFailure = ENOSPC }
        for _ in 0..<3 {
            let outcome = AuditRecord(
                kind: .relayOutcome,
                organization: sampleOrganization,
                intent: intent.id,
                fields: ["detail": .string(String(repeating: "y", count: 60_000))]
            )
            journal.append(outcome, urgency: .soon)
        }
        journal.close()
        #expect(journal.refusedSilently > 0)
    }

    @Test func aJournalDroppedInItsOwnCallbackClosesCleanly() async throws {
        let directory = try TemporaryDirectory()
        var journal: Journal? = try Journal.open(directory: directory.path, settings: .small())
        let incarnation = journal?.incarnation
        let holder = JournalHolder(journal)
        journal = nil
        holder.appendThenDrop(sample())
        try await eventually { (try? Journal.open(directory: directory.path, settings: .small())) != nil }
        let again = try Journal.open(directory: directory.path, settings: .small())
        #expect(again.incarnation == incarnation)
        #expect(try again.allDurable().count == 1)
    }

    @Test func aJournalThatCannotBeMadeLeavesNoHalfSegment() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        disk.set { $0.zerosFailure = ENOSPC }
        #expect(throws: JournalError.system(operation: "write", code: ENOSPC)) {
            try Journal.open(directory: directory.path, settings: .small(), files: disk.operations)
        }
        #expect(!TemporaryDirectory.names(in: directory.path).contains { $0.hasPrefix("segment") })
        #expect(throws: Never.self) { try Journal.open(directory: directory.path, settings: .small()) }
    }

    @Test func damageInAnOlderSegmentIsReportedAndCanBePassed() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        for number in 0..<40 { try await _ = journal.append(sample(number: number, padding: 8000)) }
        let frames = try journal.allDurable()
        journal.close()
        var segment = try directory.readFile("segment-0")
        segment[Int(frames[4].position.offset) + 200] ^= 1
        try directory.writeFile("segment-0", segment)

        let again = try Journal.open(directory: directory.path, settings: .small())
        let beginning = try again.readDurable(after: nil, limit: 100)
        #expect(beginning.count == 5)
        let error = #expect(throws: JournalError.self) {
            try again.readDurable(after: beginning.last?.position, limit: 100)
        }
        guard case .damaged(let place, let resumeAfter) = error else {
            Issue.record("not reported as damage")
            return
        }
        #expect(place == beginning.last?.position)
        let rest = try again.allDurable(after: resumeAfter)
        #expect(rest.first?.position.segment == 2)
        #expect(rest.last?.key.sequence == 40)
    }
}
