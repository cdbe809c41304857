import Cryptography

extension EgressAddress {
    /// Reads an address in its one strict spelling: four decimal numbers without leading zeros, or RFC 4291's groups
    /// without a zone. Nil for everything else, names included.
    package init?(literal text: String) {
        if let octets = Self.octets(text[...]) {
            self = .v4(octets)
        } else if let bytes = Self.groups(text) {
            self = .v6(bytes)
        } else {
            return nil
        }
    }

    /// Whether other software might read an IPv4 address where this host stands, and another one than we do: `127.1`,
    /// `0x7f.1`, `017700000001`.
    package static func isAmbiguous(_ host: String) -> Bool {
        guard octets(host[...]) == nil, let last = host.split(separator: ".").last else { return false }
        return last.allSatisfy(\.isNumber) || last.lowercased().hasPrefix("0x")
    }

    private static func octets(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let octets = parts.compactMap { part in
            UInt8(part).flatMap { String($0) == part ? $0 : nil }
        }
        return octets.count == 4 ? octets : nil
    }

    /// The sixteen bytes of an IPv6 address.
    private static func groups(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45, text.contains(":"), !text.contains(":::") else { return nil }
        let doubles = text.ranges(of: "::")
        guard let double = doubles.first else {
            guard let bytes = side(text[...]), bytes.count == 16 else { return nil }
            return bytes
        }
        guard doubles.count == 1, let left = side(text[..<double.lowerBound]),
            let right = side(text[double.upperBound...]), left.count + right.count <= 14,
            // Only the very end may be written as IPv4.
            !text[..<double.lowerBound].contains(".")
        else { return nil }
        return left + [UInt8](repeating: 0, count: 16 - left.count - right.count) + right
    }

    private static func side(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let octets = octets(part) else { return nil }
                bytes += octets
                continue
            }
            let isGroup = (1...4).contains(part.utf8.count) && part.utf8.allSatisfy { Hexadecimal.value(of: $0) != nil }
            guard isGroup, let group = UInt16(part, radix: 16) else { return nil }
            bytes += [UInt8(group >> 8), UInt8(truncatingIfNeeded: group)]
        }
        return bytes
    }
}
