import Glibc
import Model
import Testing

import struct FoundationEssentials.UUID

@testable import Audit

@Suite struct JournalRecoveryTests {
    /// A journal with `count` records that looks as if its process had been killed.
    private func crashed(count: Int, padding: Int = 0) async throws -> (TemporaryDirectory, [JournalFrame]) {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        for number in 0..<count { try await _ = journal.append(sample(number: number, padding: padding)) }
        let frames = try journal.allDurable()
        let copy = try directory.copy()
        journal.close()
        return (copy, frames)
    }

    @Test func aCrashBeginsANewIncarnationAndSaysSo() async throws {
        let (directory, frames) = try await crashed(count: 3)
        let journal = try Journal.open(directory: directory.path, settings: .small())
        let old = try #require(frames.last).key
        #expect(journal.node == old.node)
        #expect(journal.incarnation != old.incarnation)
        try await _ = journal.append(sample(number: 3))
        let after = try journal.allDurable()
        #expect(Array(after.prefix(3)) == frames)
        #expect(after.dropFirst(3).map(\.key.sequence) == [1, 2])
        #expect(after.dropFirst(3).allSatisfy { $0.key.incarnation == journal.incarnation })
        let recovered = try #require(AuditRecord(canonicalBytes: after[3].bytes))
        #expect(recovered.kind == .journalRecovered)
        #expect(recovered.organization == nil)
        #expect(recovered.fields["last_sequence"] == 3)
        #expect(recovered.fields["previous_incarnation"] == .string(old.incarnation.uuidString.lowercased()))
    }

    @Test func aTailTornAtAnyByteLosesOnlyTheTornFrame() async throws {
        let (directory, frames) = try await crashed(count: 3)
        let segment = try directory.readFile("segment-0")
        let (second, third) = (Int(frames[1].position.offset), Int(frames[2].position.offset))
        for cut in second...third {
            let torn = Array(segment[..<cut]) + [UInt8](repeating: 0, count: segment.count - cut)
            try directory.writeFile("segment-0", torn)
            let recovered = try JournalRecovery(
                directory: PosixFile.directory(directory.path),
                settings: .small(),
                files: .system,
                released: nil
            ).run()
            // A frame whose last bytes are zeros anyway would be whole; ours end in a brace.
            #expect(recovered.active.end == Int64(cut == third ? third : second), "cut at \(cut)")
            #expect(recovered.nextSequence == 1)
        }
    }

    @Test func aFlippedBitInTheTailEndsTheSegmentThere() async throws {
        let (directory, frames) = try await crashed(count: 4)
        let segment = try directory.readFile("segment-0")
        let (second, third) = (Int(frames[1].position.offset), Int(frames[2].position.offset))
        for index in second..<third {
            var flipped = segment
            flipped[index] ^= 1 << UInt8(index % 8)
            try directory.writeFile("segment-0", flipped)
            let recovered = try JournalRecovery(
                directory: PosixFile.directory(directory.path),
                settings: .small(),
                files: .system,
                released: nil
            ).run()
            #expect(recovered.active.end == Int64(second), "flipped at \(index)")
        }
    }

    @Test func framesBehindATearNeverComeBack() async throws {
        let (directory, frames) = try await crashed(count: 5)
        var segment = try directory.readFile("segment-0")
        segment[Int(frames[1].position.offset) + 20] ^= 0xFF
        try directory.writeFile("segment-0", segment)
        var journal = try Journal.open(directory: directory.path, settings: .small())
        try await _ = journal.append(sample(number: 100))
        // Crash and recover some more times: what the tear cut off stays away, whatever lines up with it.
        for _ in 0..<3 {
            let copy = try directory.copy()
            let again = try Journal.open(directory: copy.path, settings: .small())
            let numbers = try again.allRecords().compactMap { $0.fields["number"]?.integer }
            #expect(numbers == [0, 1, 100])
            again.close()
        }
        journal.close()
        journal = try Journal.open(directory: directory.path, settings: .small())
        #expect(try journal.allRecords().compactMap { $0.fields["number"]?.integer } == [0, 1, 100])
    }

    @Test func everyOpenIntentOfTheOldIncarnationGetsAnUnknownOutcome() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        let intents = (0..<4).map { number in
            AuditRecord(
                kind: .relayIntent,
                organization: sampleOrganization,
                fields: ["profile": "production", "request_id": .string("r\(number)"), "attempt": 1]
            )
        }
        for intent in intents { try await _ = journal.append(intent) }
        let outcome = AuditRecord(kind: .relayOutcome, organization: sampleOrganization, intent: intents[1].id)
        try await _ = journal.append(outcome)
        let copy = try directory.copy()
        journal.close()

        let again = try Journal.open(directory: copy.path, settings: .small())
        try await _ = again.append(sample())
        let unknown = try again.allRecords().filter { $0.kind == .outcomeUnknown }
        #expect(Set(unknown.compactMap(\.intent)) == [intents[0].id, intents[2].id, intents[3].id])
        #expect(unknown.allSatisfy { $0.organization == sampleOrganization })
        #expect(unknown.allSatisfy { $0.fields["profile"] == "production" && $0.fields["attempt"] == nil })
        #expect(unknown.allSatisfy { $0.fields["request_id"] != nil })
        // Before anything else of the new incarnation, and once.
        #expect(try again.allRecords().last?.kind == .tokenExchanged)
        let second = try copy.copy()
        let third = try Journal.open(directory: second.path, settings: .small())
        try await _ = third.append(sample())
        #expect(try third.allRecords().count { $0.kind == .outcomeUnknown } == 3)
    }

    @Test func intentsOpenAcrossSegmentsAreStillKnown() async throws {
        let directory = try TemporaryDirectory()
        let settings = JournalSettings.small(segments: 4)
        let journal = try Journal.open(directory: directory.path, settings: settings)
        let intent = AuditRecord(kind: .relayIntent, organization: sampleOrganization, fields: ["profile": "staging"])
        try await _ = journal.append(intent)
        // Twenty segments' worth, released as it goes: the intent's own segment is long recycled.
        for number in 0..<100 {
            let receipt = try await journal.append(sample(number: number, padding: 25_000))
            journal.release(through: receipt.position)
        }
        let copy = try directory.copy()
        journal.close()
        let again = try Journal.open(directory: copy.path, settings: settings)
        try await _ = again.append(sample())
        let unknown = try again.allRecords().filter { $0.kind == .outcomeUnknown }
        #expect(unknown.map(\.intent) == [intent.id])
        #expect(unknown.map(\.organization) == [sampleOrganization])
    }

    @Test func moreOpenIntentsThanASegmentCanCarryAreFoundByReadingBack() async throws {
        let directory = try TemporaryDirectory()
        let settings = JournalSettings.small(segments: 40)
        let journal = try Journal.open(directory: directory.path, settings: settings)
        let lane = RecordingLane()
        let intents = (0..<3000).map { number in
            AuditRecord(kind: .relayIntent, organization: sampleOrganization, fields: ["number": .integer(number)])
        }
        journal.append(intents.map { JournalEntry($0) }, lane: lane)
        try await lane.waitForSettlements(intents.count)
        let copy = try directory.copy()
        journal.close()
        let again = try Journal.open(directory: copy.path, settings: settings)
        try await _ = again.append(sample())
        let unknown = try again.allRecords().filter { $0.kind == .outcomeUnknown }
        #expect(Set(unknown.compactMap(\.intent)) == Set(intents.map(\.id)))
        #expect(unknown.count == intents.count)
    }

    @Test func ticketsLeftOpenAtACleanCloseAreClosedAtTheNextOpening() async throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, settings: .small())
        let intent = AuditRecord(kind: .relayIntent, organization: sampleOrganization)
        try await _ = journal.append(intent)
        journal.close()
        let again = try Journal.open(directory: directory.path, settings: .small())
        #expect(again.incarnation == journal.incarnation)
        try await _ = again.append(sample())
        #expect(try again.allRecords().map(\.kind) == [.relayIntent, .outcomeUnknown, .tokenExchanged])
    }

    @Test func copiesTakenWhileWritingMissNothingThatWasAcknowledged() async throws {
        let directory = try TemporaryDirectory()
        // One segment is enough for all of it: a copy file by file is no picture of one moment across segments.
        let settings = JournalSettings(segmentBytes: 8 << 20, quotaBytes: 32 << 20)
        let journal = try Journal.open(directory: directory.path, settings: settings)
        let acknowledged = SharedSet()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    var number = 0
                    while !Task.isCancelled {
                        number += 1
                        let receipt = try await journal.append(sample(number: task * 100_000 + number, padding: 200))
                        acknowledged.insert(receipt.record)
                        try? await Task.sleep(for: .microseconds(200))
                    }
                }
            }
            for _ in 0..<10 {
                try await Task.sleep(for: .milliseconds(30))
                let promised = acknowledged.values
                let copy = try directory.copy()
                let again = try Journal.open(directory: copy.path, settings: settings)
                let found = Set(try again.allRecords().map(\.id))
                #expect(promised.subtracting(found).isEmpty)
                again.close()
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func segmentsWithoutAnIdentityAreNotTouched() async throws {
        let (directory, _) = try await crashed(count: 2)
        let identity = try directory.readFile("identity")
        _ = unsafe unlink("\(directory.path)/identity")
        #expect(throws: JournalError.self) { try Journal.open(directory: directory.path, settings: .small()) }
        try directory.writeFile("identity", identity.map { $0 ^ 1 })
        #expect(throws: JournalError.self) { try Journal.open(directory: directory.path, settings: .small()) }
        try directory.writeFile("identity", identity)
        #expect(try Journal.open(directory: directory.path, settings: .small()).allRecords().count >= 2)
    }

    @Test func aDirectoryOpenToOthersIsRefused() throws {
        let directory = try TemporaryDirectory()
        _ = unsafe chmod(directory.path, 0o755)
        #expect(throws: JournalError.self) { try Journal.open(directory: directory.path, settings: .small()) }
    }

    @Test func anyGarbageInTheFilesNeitherTrapsNorHangs() async throws {
        let (directory, _) = try await crashed(count: 3)
        let segment = try directory.readFile("segment-0")
        let identity = try directory.readFile("identity")
        var generator = SystemRandomNumberGenerator()
        for round in 0..<60 {
            var (damagedSegment, damagedIdentity) = (segment, identity)
            for _ in 0..<(round % 8 + 1) {
                damagedSegment[Int.random(in: 0..<1200, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if round % 5 == 0 {
                damagedIdentity[Int.random(in: 0..<identity.count, using: &generator)] ^= 0x10
            }
            try directory.writeFile("segment-0", damagedSegment)
            try directory.writeFile("identity", damagedIdentity)
            if let journal = try? Journal.open(directory: directory.path, settings: .small()) {
                try await _ = journal.append(sample())
                journal.close()
            }
        }
    }
}
