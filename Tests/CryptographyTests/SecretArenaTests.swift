import Cryptography
import Foundation
import Testing

@Suite struct SecretArenaTests {
    @Test func aSecretIsLentAsItWasStored() throws {
        let arena = try arena()
        for count in [0, 1, 15, 16, 17, 4096, 100_000] {
            let bytes = SecureRandom.bytes(count)
            let secret = try arena.store(bytes)
            #expect(secret.count == count)
            #expect(secret.withBytes { $0.byteCount } == count)
            #expect(secret.copyOfBytes() == bytes)
        }
    }

    @Test func storingByWipingEmptiesTheCallersArray() throws {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = try arena().store(wiping: &bytes)
        #expect(bytes.isEmpty)
        #expect(secret.copyOfBytes() == [1, 2, 3])
    }

    @Test func slotsArePackedBy16Bytes() throws {
        let arena = try arena()
        let secrets = try (0..<100).map { try arena.store([UInt8](repeating: $0, count: 16)) }
        let addresses = secrets.map(\.address)
        #expect(zip(addresses, addresses.dropFirst()).allSatisfy { $1 == $0 + 16 })
        #expect(secrets.enumerated().allSatisfy { index, secret in secret.copyOfBytes().allSatisfy { $0 == index } })
    }

    @Test func aSlotIsWipedWhenItsSecretGoesAndThenUsedAgain() throws {
        let arena = try arena()
        let neighbour = try arena.store([UInt8](repeating: 0x5a, count: 40))
        let address = try {
            let secret = try arena.store([UInt8](repeating: 0xa5, count: 40))
            #expect(bytes(at: secret.address, count: 40) == [UInt8](repeating: 0xa5, count: 40))
            return secret.address
        }()
        // The arena lives, so the page is still there to be read.
        #expect(bytes(at: address, count: 48) == [UInt8](repeating: 0, count: 48))
        #expect(neighbour.copyOfBytes() == [UInt8](repeating: 0x5a, count: 40))
        let next = try arena.store([1])
        #expect(next.address == address)
    }

    @Test func whatDoesNotOpenIsWipedToo() throws {
        let arena = try arena()
        let key = try SecureRandom.secret(32, in: arena)
        let plaintext = [UInt8](repeating: 0x77, count: 64)
        var sealed = try AESGCM.seal(
            plaintext,
            key: key,
            nonce: SecureRandom.bytes(12),
            authenticating: []
        )
        sealed[70] ^= 1
        let probe = try arena.store(plaintext).address
        #expect(throws: CryptographyError.notAuthentic) {
            try AESGCM.open(sealed, key: key, nonce: SecureRandom.bytes(12), authenticating: [], in: arena)
        }
        #expect(bytes(at: probe, count: 64) == [UInt8](repeating: 0, count: 64))
    }

    @Test func theArenaGrowsAndLivesAsLongAsItsSecrets() throws {
        var secrets: [Secret] = []
        do {
            let arena = try arena(4096)
            for index in 0..<2000 { secrets.append(try arena.store([UInt8](repeating: UInt8(index % 251), count: 33))) }
            secrets.append(try arena.store([UInt8](repeating: 252, count: 1 << 20)))
        }
        #expect(
            secrets.dropLast().enumerated().allSatisfy { index, secret in
                secret.copyOfBytes() == [UInt8](repeating: UInt8(index % 251), count: 33)
            }
        )
        #expect(secrets.last?.copyOfBytes() == [UInt8](repeating: 252, count: 1 << 20))
    }

    @Test func manyThreadsStoreAndDropAtOnce() async throws {
        let arena = try arena()
        let intact = try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var kept: [(UInt8, Secret)] = []
                    for round in 0..<2000 {
                        let value = UInt8(truncatingIfNeeded: task * 31 + round)
                        kept.append((value, try arena.store([UInt8](repeating: value, count: round % 70))))
                        if kept.count > 20 { kept.remove(at: round % 20) }
                    }
                    return kept.allSatisfy { value, secret in secret.copyOfBytes().allSatisfy { $0 == value } }
                }
            }
            return try await group.allSatisfy { $0 }
        }
        #expect(intact)
    }

    /// `lo` locked, `dd` left out of core files, `wf` empty in a forked child.
    @Test func theKernelLocksItAndKeepsItOutOfCoreFilesAndChildren() throws {
        let arena = try arena()
        let secret = try arena.store([1])
        let flags = try #require(try mappingFlags(of: secret.address))
        #expect(flags.contains("dd"))
        #expect(flags.contains("wf"))
        #expect(flags.contains("lo") == arena.isLocked)
    }

    @Test func aForkedChildSeesZeros() throws {
        let secret = try arena().store([UInt8](repeating: 0x42, count: 32))
        let address = secret.address
        let symbol = unsafe try #require(unsafe dlsym(nil, "fork"))
        let fork = unsafe unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)
        let child = fork()
        if child == 0 {
            // Nothing but reading memory is allowed here.
            _exit(unsafe UnsafePointer<UInt8>(bitPattern: address).map { unsafe Int32($0.pointee) } ?? 99)
        }
        try #require(child > 0)
        var status: Int32 = -1
        let waited = unsafe waitpid(child, &status, 0)
        #expect(waited == child)
        #expect(status == 0)
        #expect(secret.copyOfBytes() == [UInt8](repeating: 0x42, count: 32))
    }

    @Test func anImpossibleSizeIsRefused() throws {
        #expect(throws: CryptographyError.self) { try SecretArena.make(capacity: Int.max, lockPolicy: .warn) }
        #expect(throws: CryptographyError.self) { try SecretArena.make(capacity: Int.max / 2, lockPolicy: .refuse) }
    }

    @Test func noDescriptionHoldsTheBytes() throws {
        let secret = try arena().store(Array("canary".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!text.contains("canary"))
            #expect(!text.contains("99, 97, 110"))
        }
        #expect("\(secret)" == "Secret(6 bytes)")
    }

    @Test func equalityIsOfBytes() throws {
        let arena = try arena()
        let secret = try arena.store([1, 2, 3])
        #expect(secret.isEqual(to: try arena.store([1, 2, 3])))
        #expect(!secret.isEqual(to: try arena.store([1, 2, 4])))
        #expect(!secret.isEqual(to: try arena.store([1, 2])))
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1], [1]))
        #expect(!constantTimeEqual([1], [2]))
        #expect(!constantTimeEqual([1], [1, 1]))
    }
}

extension Secret {
    fileprivate var address: UInt {
        withBytes { span in unsafe span.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
    }
}

private func bytes(at address: UInt, count: Int) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count))
}

/// The `VmFlags` of the mapping that holds the address.
private func mappingFlags(of address: UInt) throws -> Set<Substring>? {
    // Such a file has no size that could be read at once.
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
    let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    var isInside = false
    for line in text.split(separator: "\n") {
        if line.hasPrefix("VmFlags:"), isInside { return Set(line.split(separator: " ").dropFirst()) }
        guard let range = line.split(separator: " ").first?.split(separator: "-"), range.count == 2,
            let start = UInt(range[0], radix: 16), let end = UInt(range[1], radix: 16)
        else { continue }
        isInside = start <= address && address < end
    }
    return nil
}
