import Synchronization

package import struct FoundationEssentials.UUID

/// Ids of audit records: UUIDs of version 7 (RFC 9562), so that they sort by time and cost no system call each.
///
/// Unique, not secret: the time in milliseconds, a counter of this process, and 42 random bits drawn at its start.
package enum RecordIdentifier {
    private static let counter = Atomic<UInt32>(0)
    private static let process = UInt64.random(in: 0..<1 << 42)

    package static func next(at microseconds: Int64) -> UUID {
        let count = UInt64(counter.wrappingAdd(1, ordering: .relaxed).newValue)
        let milliseconds = UInt64(clamping: microseconds / 1000)
        // 48 bits of time, the version, 12 of the counter; the variant, its other 20, 42 of the process.
        let high = milliseconds << 16 | 0x7000 | (count & 0xFFF)
        let low = 0x8000_0000_0000_0000 | (count >> 12) << 42 | process
        return UUID(
            uuid: (
                octet(high, 0), octet(high, 1), octet(high, 2), octet(high, 3),
                octet(high, 4), octet(high, 5), octet(high, 6), octet(high, 7),
                octet(low, 0), octet(low, 1), octet(low, 2), octet(low, 3),
                octet(low, 4), octet(low, 5), octet(low, 6), octet(low, 7)
            )
        )
    }

    private static func octet(_ value: UInt64, _ index: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: value >> (56 - 8 * index))
    }
}
