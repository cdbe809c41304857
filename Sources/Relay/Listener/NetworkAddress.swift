import Policy

/// A numeric address of a peer, in the one form in which it is compared and recorded. IPv4 in IPv6's clothes is IPv4.
package struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four or sixteen, in network order.
    let bytes: [UInt8]

    /// Nil for anything but four or sixteen bytes.
    init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self.bytes = Array(bytes)
        case 16: self.bytes = bytes.starts(with: Self.mapped) ? Array(bytes.dropFirst(12)) : Array(bytes)
        default: return nil
        }
    }

    /// Dotted IPv4, or IPv6 as RFC 4291 writes it, without brackets, port or zone.
    package init?(_ text: some StringProtocol) {
        guard let address = EgressAddress(literal: String(text)) else { return nil }
        self.init(bytes: address.bytes)
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

    /// What one household or machine has: an IPv4 address, or the /64 of an IPv6 address.
    var neighborhood: NetworkAddress {
        bytes.count == 4 ? self : NetworkAddress(bytes: bytes.prefix(8) + [UInt8](repeating: 0, count: 8)) ?? self
    }

    package var description: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var gap = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(gap.count, 1) { gap = start..<index }
            start = index + 1
        }
        let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        return gap.isEmpty
            ? text(groups[...]) : text(groups[..<gap.lowerBound]) + "::" + text(groups[gap.upperBound...])
    }
}

/// A block of addresses in CIDR notation; an address alone is a block of one.
package struct AddressBlock: Hashable, Sendable {
    private let range: AddressRange

    /// Nil for what is no block, and for one whose address has bits past its prefix: that is a mistake.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let head = parts.first, let first = NetworkAddress(head) else { return nil }
        // Read again in the one form: an IPv4 address that was written as IPv6 is counted in IPv4's bits.
        guard let bits = parts.count == 2 ? Int(parts[1]) : first.bytes.count * 8 else { return nil }
        guard let range = AddressRange("\(first)/\(bits)") else { return nil }
        self.range = range
    }

    package func contains(_ address: NetworkAddress) -> Bool { range.contains(address.bytes) }
}
