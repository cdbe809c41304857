/// An address about to be connected to, and whether it may be. Judged after resolution and at every connect, so that a
/// name that is re-pointed between a check and a use gains nothing.
enum EgressAddress: Hashable, Sendable {
    case v4([UInt8])
    case v6([UInt8])

    enum Verdict: Hashable, Sendable {
        case allowed
        /// Loopback: allowed where the operator runs providers on the same machine for development.
        case loopback
        case refused
    }

    var verdict: Verdict {
        switch self {
        case .v4(let bytes): Self.judge(v4: bytes)
        case .v6(let bytes): Self.judge(v6: bytes)
        }
    }

    private struct Block: Sendable {
        let prefix: [UInt8]
        let bits: Int

        init(_ prefix: [UInt8], _ bits: Int) {
            self.prefix = prefix
            self.bits = bits
        }

        func contains(_ address: [UInt8]) -> Bool {
            for bit in 0..<bits {
                let index = bit / 8
                let mask: UInt8 = 0x80 >> UInt8(bit % 8)
                let wanted = index < prefix.count ? prefix[index] : 0
                guard index < address.count, address[index] & mask == wanted & mask else { return false }
            }
            return true
        }
    }

    private static let refusedV4: [Block] = [
        Block([0], 8), Block([10], 8), Block([100, 64], 10), Block([169, 254], 16), Block([172, 16], 12),
        Block([192, 0, 0], 24), Block([192, 0, 2], 24), Block([192, 88, 99], 24), Block([192, 168], 16),
        Block([198, 18], 15), Block([198, 51, 100], 24), Block([203, 0, 113], 24), Block([224], 4), Block([240], 4),
        // Azure's metadata and DNS address, which looks public.
        Block([168, 63, 129, 16], 32),
    ]

    /// Judged after the carriers below, which stand in 0000::/8 too.
    private static let refusedV6: [Block] = [
        Block([0], 8), Block([0xfc], 7), Block([0xfe, 0x80], 10), Block([0xfe, 0xc0], 10), Block([0xff], 8),
        Block([0x01, 0], 64),
        Block([0x20, 0x01, 0x0d, 0xb8], 32), Block([0x20, 0x01, 0, 0], 32), Block([0x3f, 0xff], 20),
    ]

    /// IPv6 forms that carry an IPv4 address, and where in them it stands.
    private static let carriers: [(block: Block, offset: Int)] = [
        (Block([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 96), 12),
        (Block([0, 0x64, 0xff, 0x9b], 96), 12),
        (Block([0x20, 0x02], 16), 2),
    ]

    private static func judge(v4 bytes: [UInt8]) -> Verdict {
        guard bytes.count == 4 else { return .refused }
        if bytes.first == 127 { return .loopback }
        return refusedV4.contains { $0.contains(bytes) } ? .refused : .allowed
    }

    private static func judge(v6 bytes: [UInt8]) -> Verdict {
        guard bytes.count == 16 else { return .refused }
        if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes.last == 1 ? .loopback : .refused }
        for carrier in carriers where carrier.block.contains(bytes) {
            // An IPv4 address in disguise is never loopback for development: nobody needs it.
            let inner = Array(bytes.dropFirst(carrier.offset).prefix(4))
            return judge(v4: inner) == .allowed ? .allowed : .refused
        }
        return refusedV6.contains { $0.contains(bytes) } ? .refused : .allowed
    }
}
