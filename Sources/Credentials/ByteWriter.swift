import Model

import struct FoundationEssentials.UUID

/// Builds unambiguous byte strings: big-endian integers, and lengths before what varies.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ byte: UInt8) {
        bytes.append(byte)
    }

    mutating func write(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    mutating func write<T: FixedWidthInteger>(_ integer: T) {
        for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: integer >> T(shift)))
        }
    }

    mutating func write(_ uuid: UUID) {
        let u = uuid.uuid
        write([u.0, u.1, u.2, u.3, u.4, u.5, u.6, u.7, u.8, u.9, u.10, u.11, u.12, u.13, u.14, u.15])
    }

    /// The platform, which has no id, differs from every organization by its first byte.
    mutating func write(_ organization: OrganizationID?) {
        guard let organization else {
            write(UInt8(0))
            return
        }
        write(UInt8(1))
        write(organization.uuid)
    }

    mutating func writeCounted(_ text: String) {
        let utf8 = Array(text.utf8)
        write(UInt64(utf8.count))
        write(utf8)
    }
}

/// Takes byte strings apart; every read says whether there was enough.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func read(_ count: Int) -> [UInt8]? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func readByte() -> UInt8? {
        rest.popFirst()
    }

    mutating func readUInt32() -> UInt32? {
        read(4)?.reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func readUUID() -> UUID? {
        guard let b = read(16) else { return nil }
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            )
        )
    }
}
