import COpenSSL
import Glibc
import Synchronization

/// The place where cached secrets live: packed, locked into memory, left out of core files, wiped when given back.
///
/// A secret is reached only through the `Secret` that owns its slot. The arena grows by further mappings within
/// `RLIMIT_MEMLOCK`; past it, the lock policy decides. It lives until the last of its secrets is gone.
package final class SecretArena: Sendable {
    /// What to do when the kernel does not let us lock more memory.
    package enum LockPolicy: Sendable {
        /// Throw `memoryNotLocked`.
        case refuse
        /// Go on with memory that may be swapped out, and say so in `isLocked`.
        case warn
    }

    /// Slots are multiples of this many bytes.
    static let granularity = 16

    private let capacity: Int
    private let lockPolicy: LockPolicy
    private let chunks: Mutex<Chunks>

    /// `capacity` in bytes is the size of the first mapping and of each further one.
    package static func make(
        capacity: Int = 1 << 20,
        lockPolicy: LockPolicy = .refuse
    ) throws(CryptographyError) -> SecretArena {
        let arena = SecretArena(capacity: capacity, lockPolicy: lockPolicy)
        try arena.chunks.withLock { chunks throws(CryptographyError) in
            try chunks.grow(by: capacity, lockPolicy: lockPolicy)
        }
        return arena
    }

    private init(capacity: Int, lockPolicy: LockPolicy) {
        self.capacity = capacity
        self.lockPolicy = lockPolicy
        chunks = Mutex(Chunks())
    }

    /// Whether every byte of it is locked into memory.
    package var isLocked: Bool {
        chunks.withLock { $0.areAllLocked }
    }

    /// Copies the bytes in. The caller wipes its own copy; see `store(wiping:)`.
    package func store(_ bytes: [UInt8]) throws(CryptographyError) -> Secret {
        unsafe try store(bytes.span.bytes)
    }

    /// Copies the bytes in.
    package func store(_ span: RawSpan) throws(CryptographyError) -> Secret {
        unsafe try makeSecret(count: span.byteCount) { slot throws(CryptographyError) in
            unsafe span.withUnsafeBytes { unsafe slot.copyMemory(from: $0) }
        }
    }

    /// Copies the bytes in and wipes and empties the caller's array, whether it worked or not.
    package func store(wiping bytes: inout [UInt8]) throws(CryptographyError) -> Secret {
        defer { wipe(&bytes) }
        return unsafe try store(bytes.span.bytes)
    }

    /// Gives `fill` a zeroed slot of `count` bytes to write; what a throwing `fill` has written is wiped.
    func makeSecret(
        count: Int,
        _ fill: (UnsafeMutableRawBufferPointer) throws(CryptographyError) -> Void
    ) throws(CryptographyError) -> Secret {
        let slot = try allocate(count)
        // From here on the slot has an owner, which gives it back if `fill` throws.
        let secret = Secret(arena: self, slot: slot, count: count)
        try unsafe fill(UnsafeMutableRawBufferPointer(start: slot.start, count: count))
        return secret
    }

    private func allocate(_ count: Int) throws(CryptographyError) -> Slot {
        let (padded, tooLarge) = max(count, 1).addingReportingOverflow(Self.granularity - 1)
        guard !tooLarge else { throw .outOfMemory(bytes: count) }
        let units = padded / Self.granularity
        return try chunks.withLock { chunks throws(CryptographyError) in
            if let slot = chunks.allocate(units) { return slot }
            try chunks.grow(by: max(capacity, units * Self.granularity), lockPolicy: lockPolicy)
            guard let slot = chunks.allocate(units) else { throw .outOfMemory(bytes: count) }
            return slot
        }
    }

    /// Wipes the slot and takes it back. Its owner calls this once, from its deinit.
    func reclaim(_ slot: Slot) {
        unsafe OPENSSL_cleanse(slot.start, slot.units.count * Self.granularity)
        chunks.withLock { $0.deallocate(slot) }
    }

    /// Where a secret is. `Sendable` although it holds a pointer: only its one owner uses that, under the rules of
    /// `Secret`.
    @safe struct Slot: @unchecked Sendable {
        let chunk: Int
        let units: Range<Int>
        let start: UnsafeMutableRawPointer
    }
}

/// The mappings of one arena, only ever touched under its lock.
private struct Chunks: ~Copyable {
    // A non-copyable chunk cannot be an array's element; a class owns it.
    private final class Box {
        var chunk: SecretChunk
        init(_ chunk: consuming SecretChunk) { self.chunk = chunk }
    }

    private var boxes: [Box] = []

    init() {}

    var areAllLocked: Bool { boxes.allSatisfy { $0.chunk.isLocked } }

    mutating func grow(by capacity: Int, lockPolicy: SecretArena.LockPolicy) throws(CryptographyError) {
        boxes.append(Box(try SecretChunk(capacity: capacity, lockPolicy: lockPolicy)))
    }

    mutating func allocate(_ units: Int) -> SecretArena.Slot? {
        for (index, box) in boxes.enumerated() {
            guard let offset = box.chunk.slots.allocate(units) else { continue }
            let start = unsafe box.chunk.start + offset * SecretArena.granularity
            return unsafe SecretArena.Slot(chunk: index, units: offset..<(offset + units), start: start)
        }
        return nil
    }

    mutating func deallocate(_ slot: SecretArena.Slot) {
        boxes[slot.chunk].chunk.slots.deallocate(slot.units)
    }
}
