/// Just enough about IP address literals to judge a `base_url` without a network.
package enum IPAddress {
    /// What kind of place a host literal names; names that are not literals are `global` until they are resolved.
    package enum Reach: Hashable, Sendable {
        case loopback
        /// Link-local and unspecified addresses, where cloud metadata services live: never a provider.
        case linkLocal
        case privateNetwork
        case global
    }

    package static func reach(of host: String) -> Reach {
        if host == "localhost" || host.hasSuffix(".localhost") { return .loopback }
        if let octets = octets(host[...]) { return reach(octets) }
        guard host.contains(":") else { return .global }
        if host == "::1" { return .loopback }
        if let last = host.split(separator: ":").last, let octets = octets(last) { return reach(octets) }
        let first = host.hasPrefix(":") ? 0 : UInt16(host.prefix { $0 != ":" }, radix: 16) ?? 0
        switch first {
        case 0: return .linkLocal
        case 0xFE80...0xFEBF: return .linkLocal
        case 0xFC00...0xFDFF: return .privateNetwork
        default: return .global
        }
    }

    /// A number standing where a host stands that other software might read as an IPv4 address: `127.1`, `0x7f.1`.
    package static func isAmbiguous(_ host: String) -> Bool {
        guard octets(host[...]) == nil, let last = host.split(separator: ".").last else { return false }
        return last.allSatisfy(\.isNumber) || last.hasPrefix("0x")
    }

    static func isIPv6(_ text: Substring) -> Bool {
        let doubles = text.ranges(of: "::").count
        guard text.count >= 2, text.count <= 45, doubles <= 1, !text.contains(":::"), text.contains(":") else {
            return false
        }
        var groups = text.split(separator: ":")
        var count = groups.count
        if let last = groups.last, last.contains(".") {
            guard octets(last) != nil else { return false }
            groups.removeLast()
            count += 1
        }
        let wellFormed = groups.allSatisfy { $0.count <= 4 && $0.allSatisfy(\.isHexDigit) }
        return wellFormed && (doubles == 1 ? count < 8 : count == 8)
    }

    /// Four decimal numbers without leading zeros; nil for anything else.
    private static func octets(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let octets = parts.compactMap { part in
            UInt8(part).flatMap { String($0) == part ? $0 : nil }
        }
        return octets.count == 4 ? octets : nil
    }

    private static func reach(_ octets: [UInt8]) -> Reach {
        let second = octets.dropFirst().first ?? 0
        switch octets.first ?? 0 {
        case 127: return .loopback
        case 0: return .linkLocal
        case 169 where second == 254: return .linkLocal
        case 10: return .privateNetwork
        case 172 where (16...31).contains(second): return .privateNetwork
        case 192 where second == 168: return .privateNetwork
        case 100 where (64...127).contains(second): return .privateNetwork
        case 224...255: return .linkLocal
        default: return .global
        }
    }
}
