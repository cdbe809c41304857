import Glibc
import Model
import Testing

import struct FoundationEssentials.UUID

@testable import Audit

@Suite struct JournalKillTests {
    /// A child process appends from four tasks, notes every acknowledgement in a file, and is killed in the middle.
    @Test(arguments: [40, 90, 150])
    func aKilledProcessHasLostNothingItAcknowledged(milliseconds: Int) async throws {
        let directory = try TemporaryDirectory()
        let notes = try TemporaryDirectory()
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = directory.path as String, notes = notes.path as String, milliseconds = milliseconds as Int] in
            let acknowledged = try PosixFile.directory(notes).createFile("acknowledged")
            let journal = try Journal.open(directory: path, settings: .small(segments: 400))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        while true {
                            let intent = AuditRecord(kind: .relayIntent, organization: sampleOrganization)
                            let receipt = try await journal.append(intent)
                            try acknowledged.append(Array(receipt.record.uuidString.utf8))
                        }
                    }
                }
                try await Task.sleep(for: .milliseconds(milliseconds))
                _ = kill(getpid(), SIGKILL)
                try await group.waitForAll()
            }
        }
        let promised = try notes.readFile("acknowledged")
        let ids = stride(from: 0, to: promised.count / 36 * 36, by: 36).compactMap {
            UUID(uuidString: String(decoding: promised[$0..<$0 + 36], as: UTF8.self))
        }
        #expect(!ids.isEmpty)

        let journal = try Journal.open(directory: directory.path, settings: .small(segments: 400))
        try await _ = journal.append(sample())
        let records = try journal.allRecords()
        let intents = Set(records.filter { $0.kind == .relayIntent }.map(\.id))
        #expect(Set(ids).subtracting(intents).isEmpty)
        // Every intent of the killed process is settled, and exactly once.
        let unknown = records.filter { $0.kind == .outcomeUnknown }.compactMap(\.intent)
        #expect(Set(unknown) == intents)
        #expect(unknown.count == intents.count)
    }
}
