import COpenSSL

/// Secret bytes in an arena, lent to closures; wiped when the last reference goes.
///
/// Written once, before anyone else has it, and only read after: so it may cross threads. There is no way to a
/// `String`, and no description says more than the size.
package final class Secret: Sendable {
    package let count: Int
    private let arena: SecretArena
    private let slot: SecretArena.Slot

    init(arena: SecretArena, slot: SecretArena.Slot, count: Int) {
        self.arena = arena
        self.slot = slot
        self.count = count
    }

    deinit {
        arena.reclaim(slot)
    }

    /// Lends the bytes for the time of the call. Whoever copies them out wipes the copy.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try withExtendedLifetime(self) { () throws(E) -> R in
            try body(unsafe RawSpan(_unsafeStart: UnsafeRawPointer(slot.start), byteCount: count))
        }
    }

    /// Whether both hold the same bytes, in a time that depends on the counts only.
    package func isEqual(to other: Secret) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
            }
        }
    }

    /// For this module's calls into C.
    func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try withExtendedLifetime(self) { () throws(E) -> R in
            try unsafe body(UnsafeRawBufferPointer(start: slot.start, count: count))
        }
    }
}

extension Secret: CustomStringConvertible {
    package var description: String { "Secret(\(count) bytes)" }
}

extension Secret: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: ["count": count]) }
}
