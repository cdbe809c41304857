import Glibc
import Model
import Synchronization
import Testing

import struct FoundationEssentials.UUID

@testable import Audit

/// A directory that goes away with its test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = "/tmp/keyreeve-audit-\(UUID().uuidString)"
        try #require(unsafe mkdir(path, 0o700) == 0)
    }

    deinit {
        for name in Self.names(in: path) { _ = unsafe unlink("\(path)/\(name)") }
        _ = unsafe rmdir(path)
    }

    static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe _ = closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// A copy as a crash of the machine might leave it: file by file, while others may write.
    func copy() throws -> TemporaryDirectory {
        let copy = try TemporaryDirectory()
        for name in Self.names(in: path) {
            guard let bytes = try? readFile(name) else { continue }
            try copy.writeFile(name, bytes)
        }
        return copy
    }

    func readFile(_ name: String) throws -> [UInt8] {
        let directory = try PosixFile.directory(path)
        let file = try #require(try directory.openFile(name))
        return try file.read(Int(try file.size()), at: 0)
    }

    func writeFile(_ name: String, _ bytes: [UInt8]) throws {
        let file = try PosixFile.directory(path).createFile(name)
        try file.write(bytes, at: 0)
    }
}

/// Makes the journal's file operations fail on demand, and counts them.
final class FaultyDisk: Sendable {
    struct State {
        var writeFailure: Int32?
        var syncFailure: Int32?
        var zerosFailure: Int32?
        var syncs = 0
        var writes = 0
    }

    let state = Mutex(State())

    func set(_ change: @Sendable (inout State) -> Void) {
        state.withLock { change(&$0) }
    }

    var operations: FileOperations {
        FileOperations(
            writeFrames: { file, bytes, offset throws(JournalError) in
                let failure = self.state.withLock { state in
                    state.writes += 1
                    return state.writeFailure
                }
                if let failure { throw .system(operation: "write", code: failure) }
                try file.write(bytes, at: offset)
            },
            synchronizeFrames: { file throws(JournalError) in
                let failure = self.state.withLock { state in
                    state.syncs += 1
                    return state.syncFailure
                }
                if let failure { throw .system(operation: "fdatasync", code: failure) }
                try file.synchronizeData()
            },
            writeZeros: { file, bytes, offset throws(JournalError) in
                if let failure = self.state.withLock({ $0.zerosFailure }) {
                    throw .system(operation: "write", code: failure)
                }
                try file.write(bytes, at: offset)
            }
        )
    }
}

/// Remembers what a lane was told.
final class RecordingLane: JournalLane {
    private let calls = Mutex<[[JournalSettlement]]>([])

    func journalDidSettle(_ settlements: [JournalSettlement]) {
        calls.withLock { $0.append(settlements) }
    }

    var settlements: [JournalSettlement] { calls.withLock { $0.flatMap { $0 } } }
    var callCount: Int { calls.withLock { $0.count } }

    func waitForSettlements(_ count: Int) async throws {
        try await eventually { self.settlements.count >= count }
    }
}

/// The only holder of a journal, who lets it go while it calls back.
final class JournalHolder: Sendable {
    private let journal: Mutex<Journal?>

    init(_ journal: Journal?) {
        self.journal = Mutex(journal)
    }

    func appendThenDrop(_ record: AuditRecord) {
        journal.withLock { journal in
            journal?.append(record) { _ in _ = self.journal.withLock { $0.take() } }
        }
    }
}

/// Ids that several tasks gather.
final class SharedSet: Sendable {
    private let ids = Mutex<Set<UUID>>([])
    var values: Set<UUID> { ids.withLock { $0 } }
    func insert(_ id: UUID) { ids.withLock { _ = $0.insert(id) } }
}

/// Waits up to ten seconds for something to become true.
func eventually(_ condition: () throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while try !condition() {
        try #require(ContinuousClock.now < deadline, "did not become true in time", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(2))
    }
}

extension JournalSettings {
    /// Small segments, so that tests rotate and recycle.
    static func small(segments: Int64 = 8, retention: Duration = .zero) -> JournalSettings {
        JournalSettings(segmentBytes: 128 << 10, quotaBytes: segments * (128 << 10), retention: retention)
    }
}

/// A record of a chosen size.
func sample(_ kind: AuditKind = .tokenExchanged, number: Int = 0, padding: Int = 0) -> AuditRecord {
    AuditRecord(
        kind: kind,
        organization: sampleOrganization,
        fields: ["detail": .string(String(repeating: "x", count: padding)), "number": .integer(Int64(number))]
    )
}

let sampleOrganization = OrganizationID.random()

extension Journal {
    /// Everything durable, read in pages.
    func allDurable(after start: JournalPosition? = nil, page: Int = 100) throws -> [JournalFrame] {
        var frames: [JournalFrame] = []
        var position = start
        while true {
            let next = try readDurable(after: position, limit: page)
            guard let last = next.last else { return frames }
            frames += next
            position = last.position
        }
    }

    func allRecords() throws -> [AuditRecord] {
        try allDurable().map { try #require(AuditRecord(canonicalBytes: $0.bytes)) }
    }
}
