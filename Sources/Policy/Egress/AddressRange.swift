/// A range of IP addresses in CIDR form, `10.20.0.0/16` or `fd12::/48`.
package struct AddressRange: Hashable, Sendable {
    /// The network's address; bits behind the prefix are zero.
    let network: [UInt8]
    let bits: Int

    /// Nil for anything but an address literal, a slash and a length, and where bits behind the prefix are set, since
    /// then one of the two was a mistake. A bare address is a range of one.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = EgressAddress(literal: String(first)) else { return nil }
        let width = address.bytes.count * 8
        var bits = width
        if parts.count == 2 {
            guard let length = UInt8(parts[1]), String(length) == parts[1], Int(length) <= width else { return nil }
            bits = Int(length)
        }
        self.init(address.bytes, bits)
        guard contains(address), trailingBitsAreZero else { return nil }
    }

    /// For tables: `prefix` may leave trailing zero bytes out of an IPv6 network, or of an IPv4 one of `width` 4.
    init(_ prefix: [UInt8], _ bits: Int, width: Int? = nil) {
        let missing = max(0, (width ?? prefix.count) - prefix.count)
        network = prefix + [UInt8](repeating: 0, count: missing)
        self.bits = bits
    }

    /// False for an address of the other family.
    package func contains(_ address: EgressAddress) -> Bool { contains(address.bytes) }

    /// The same for an address in network order.
    package func contains(_ address: [UInt8]) -> Bool {
        guard address.count == network.count else { return false }
        for (index, pair) in zip(network, address).enumerated() {
            let wanted = min(max(bits - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xff00 >> wanted)
            if pair.0 & mask != pair.1 & mask { return false }
        }
        return true
    }

    /// Whether all of it is private: what an operator may open.
    package var isPrivate: Bool { EgressAddress.privateNetworks.contains { $0.bits <= bits && $0.contains(network) } }

    private var trailingBitsAreZero: Bool {
        network.enumerated().allSatisfy { index, byte in
            let wanted = min(max(bits - index * 8, 0), 8)
            return byte & ~UInt8(truncatingIfNeeded: 0xff00 >> wanted) == 0
        }
    }
}
