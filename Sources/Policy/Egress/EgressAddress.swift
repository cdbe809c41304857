/// An address about to be connected to, and what kind of place it is. The relay judges after resolution and at every
/// connect, so that a name that is re-pointed between a check and a use gains nothing.
package enum EgressAddress: Hashable, Sendable {
    /// Four bytes.
    case v4([UInt8])
    /// Sixteen bytes.
    case v6([UInt8])

    package enum Place: Hashable, Sendable {
        case global
        case loopback
        /// Private networks, which an operator may open range by range.
        case privateNetwork
        /// Metadata services, link-local, multicast, documentation and reserved ranges: nobody may open these.
        case never
    }

    package var bytes: [UInt8] {
        switch self {
        case .v4(let bytes), .v6(let bytes): bytes
        }
    }

    package var place: Place {
        switch self {
        case .v4(let bytes): Self.place(v4: bytes)
        case .v6(let bytes): Self.place(v6: bytes)
        }
    }

    // MARK: IPv4

    private static func v4(_ prefix: [UInt8], _ bits: Int) -> AddressRange { AddressRange(prefix, bits, width: 4) }

    /// Addresses of credential and metadata services that stand in ranges that look public or may be opened.
    private static let metadataV4: [AddressRange] = [
        v4([169, 254, 169, 254], 32), v4([169, 254, 170, 2], 32), v4([169, 254, 170, 23], 32),
        // Azure's, which looks public; Alibaba's, in a private range; Oracle's.
        v4([168, 63, 129, 16], 32), v4([100, 100, 100, 200], 32), v4([192, 0, 0, 192], 32),
    ]

    private static let privateV4 = [v4([10], 8), v4([100, 64], 10), v4([172, 16], 12), v4([192, 168], 16)]
    private static let privateV6 = v6([0xfc], 7)
    static let privateNetworks = privateV4 + [privateV6]

    private static let reservedV4: [AddressRange] = [
        v4([0], 8), v4([169, 254], 16), v4([192, 0, 0], 24), v4([192, 0, 2], 24), v4([192, 88, 99], 24),
        v4([198, 18], 15), v4([198, 51, 100], 24), v4([203, 0, 113], 24), v4([224], 4), v4([240], 4),
    ]

    private static func place(v4 bytes: [UInt8]) -> Place {
        guard bytes.count == 4 else { return .never }
        if bytes.first == 127 { return .loopback }
        if metadataV4.contains(where: { $0.contains(bytes) }) { return .never }
        if privateV4.contains(where: { $0.contains(bytes) }) { return .privateNetwork }
        return reservedV4.contains { $0.contains(bytes) } ? .never : .global
    }

    // MARK: IPv6

    private static func v6(_ prefix: [UInt8], _ bits: Int) -> AddressRange { AddressRange(prefix, bits, width: 16) }

    /// AWS's metadata and pod identity, Google's metadata: all in `fc00::/7`, which may be opened.
    private static let metadataV6: [AddressRange] = [
        v6([0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54], 128),
        v6([0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23], 128),
        v6([0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54], 128),
    ]

    /// Judged after the carriers below, which stand in `0000::/8` too: that refuses IPv4-compatible addresses and the
    /// local NAT64 prefix 64:ff9b:1::/48, whose inner address may stand in several places.
    private static let reservedV6: [AddressRange] = [
        v6([0], 8), v6([0xfe, 0x80], 10), v6([0xfe, 0xc0], 10), v6([0xff], 8), v6([0x01, 0], 64),
        v6([0x20, 0x01, 0x0d, 0xb8], 32), v6([0x3f, 0xff], 20), v6([0x5f, 0], 16),
        // Protocol assignments, Teredo (2001::/32) and ORCHID among them.
        v6([0x20, 0x01, 0, 0], 23),
    ]

    /// IPv6 forms that carry an IPv4 address, and where in them it stands: mapped, NAT64, 6to4.
    private static let carriers: [(range: AddressRange, offset: Int)] = [
        (v6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 96), 12),
        (v6([0, 0x64, 0xff, 0x9b], 96), 12),
        (v6([0x20, 0x02], 16), 2),
    ]

    /// The IPv4 address that an IPv6 one leads to, where it is one of those.
    package var carried: EgressAddress? { if case .v6(let bytes) = self { Self.carried(bytes) } else { nil } }

    private static func carried(_ bytes: [UInt8]) -> EgressAddress? {
        guard let carrier = carriers.first(where: { $0.range.contains(bytes) }) else { return nil }
        return .v4(Array(bytes.dropFirst(carrier.offset).prefix(4)))
    }

    private static func place(v6 bytes: [UInt8]) -> Place {
        guard bytes.count == 16 else { return .never }
        if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes.last == 1 ? .loopback : .never }
        if let inner = carried(bytes) {
            // An IPv4 address in disguise is only ever a global one: nobody needs the others.
            return inner.place == .global ? .global : .never
        }
        if metadataV6.contains(where: { $0.contains(bytes) }) { return .never }
        if privateV6.contains(bytes) { return .privateNetwork }
        return reservedV6.contains { $0.contains(bytes) } ? .never : .global
    }
}
