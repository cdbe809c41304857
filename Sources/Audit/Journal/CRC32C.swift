/// The Castagnoli checksum (RFC 3720 B.4), eight bytes a step.
enum CRC32C {
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        checksum(bytes, from: 0, to: bytes.count)
    }

    /// Of `bytes[start..<end]`; a range that does not lie inside is cut.
    static func checksum(_ bytes: [UInt8], from start: Int, to end: Int) -> UInt32 {
        let span = bytes.span
        let tables = Self.tables.span
        var crc: UInt32 = ~0
        var index = max(0, start)
        let end = min(end, span.count)
        while end - index >= 8 {
            let low =
                crc
                ^ (UInt32(span[index]) | UInt32(span[index + 1]) << 8 | UInt32(span[index + 2]) << 16
                    | UInt32(span[index + 3]) << 24)
            crc = tables[1792 + Int(low & 0xFF)] ^ tables[1536 + Int(low >> 8 & 0xFF)]
            crc ^= tables[1280 + Int(low >> 16 & 0xFF)] ^ tables[1024 + Int(low >> 24)]
            crc ^= tables[768 + Int(span[index + 4])] ^ tables[512 + Int(span[index + 5])]
            crc ^= tables[256 + Int(span[index + 6])] ^ tables[Int(span[index + 7])]
            index += 8
        }
        while index < end {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(span[index])) & 0xFF)]
            index += 1
        }
        return ~crc
    }

    /// Eight tables of 256, one behind the other: table k advances a byte by k more zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<2048 {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()
}
