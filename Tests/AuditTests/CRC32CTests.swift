import Testing

@testable import Audit

@Suite struct CRC32CTests {
    /// RFC 3720 B.4, and the check value of the catalogues.
    @Test func publishedVectorsHold() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum((0..<32).reversed()) == 0x113F_DB5C)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([]) == 0)
    }

    @Test func everyLengthAgreesWithTheDefinition() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        for start in 0..<10 {
            for end in start...bytes.count {
                var crc: UInt32 = ~0
                for byte in bytes[start..<end] {
                    crc ^= UInt32(byte)
                    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
                }
                #expect(CRC32C.checksum(bytes, from: start, to: end) == ~crc)
            }
        }
    }
}
