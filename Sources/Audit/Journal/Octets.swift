import struct FoundationEssentials.UUID

/// Little-endian integers in byte arrays, for the journal's own files.
extension [UInt8] {
    mutating func appendInteger(_ value: some FixedWidthInteger) {
        var rest = UInt64(truncatingIfNeeded: value)
        for _ in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func appendIdentifier(_ uuid: UUID) {
        let octets = uuid.octets
        for index in octets.indices { append(octets[index]) }
    }

    /// Overwrites four bytes at `index`, which the caller wrote before.
    mutating func overwrite(_ value: UInt32, at index: Int) {
        for step in 0..<4 { self[index + step] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(step))) }
    }

    /// nil if it does not lie inside.
    func integer<T: FixedWidthInteger>(_ type: T.Type = T.self, at index: Int) -> T? {
        let count = T.bitWidth / 8
        guard index >= 0, index <= self.count, self.count - index >= count else { return nil }
        var value: UInt64 = 0
        for step in 0..<count { value |= UInt64(self[index + step]) << (8 * UInt64(step)) }
        return T(truncatingIfNeeded: value)
    }
}
