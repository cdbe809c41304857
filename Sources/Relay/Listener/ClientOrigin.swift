/// Where a connection comes from, and whether what it says about others is believed.
struct ClientOrigin: Sendable {
    /// Nil for a socket that has no numeric address.
    let address: NetworkAddress?
    /// Whether it is one of the operator's own proxies, whose forwarding headers count.
    let isTrustedProxy: Bool

    init(_ address: NetworkAddress?, trusted: [AddressBlock]) {
        self.address = address
        isTrustedProxy = address.map { address in trusted.contains { $0.contains(address) } } ?? false
    }

    var text: String { address?.description ?? "unknown" }

    /// The address for the audit of a request on this connection.
    func address(of head: RequestHead, trusted: [AddressBlock]) -> String {
        guard isTrustedProxy else { return text }
        return ForwardedChain(head.fields)?.client(behind: trusted)?.description ?? text
    }
}

/// The addresses that a request has passed, as its forwarding headers tell them: `X-Forwarded-For`, or the `for`
/// parameters of `Forwarded` (RFC 7239).
struct ForwardedChain: Hashable, Sendable {
    /// From the client to us; nil for a hop that names no address.
    let hops: [NetworkAddress?]

    private static let plain = Array("x-forwarded-for".utf8)
    private static let standard = Array("forwarded".utf8)
    /// A real chain has a handful.
    private static let maximumHops = 32

    /// Nil where nothing is told, where the chain is absurdly long, and where both headers stand and disagree: a proxy
    /// writes one of them and may let the client's other one through.
    init?(_ fields: HeadFields) {
        var plain: [NetworkAddress?] = []
        var standard: [NetworkAddress?] = []
        for field in fields.fields {
            let name = fields.bytes[field.name]
            if name.elementsEqual(Self.plain) {
                plain += Self.elements(fields.text(field.value)).map { Self.node($0) }
            } else if name.elementsEqual(Self.standard) {
                standard += Self.elements(fields.text(field.value)).map { Self.forwardedFor($0) }
            }
        }
        guard plain.isEmpty || standard.isEmpty || plain == standard else { return nil }
        hops = plain.isEmpty ? standard : plain
        guard !hops.isEmpty, hops.count <= Self.maximumHops else { return nil }
    }

    /// The right-most address that is not one of our own proxies: further to the left anybody may have written.
    /// Where all are ours, the left-most; nil where a hop hides itself.
    func client(behind trusted: [AddressBlock]) -> NetworkAddress? {
        for hop in hops.reversed() {
            guard let hop else { return nil }
            if !trusted.contains(where: { $0.contains(hop) }) { return hop }
        }
        return hops.first ?? nil
    }

    private static func elements(_ value: String) -> [Substring] {
        value.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }

    private static func forwardedFor(_ element: Substring) -> NetworkAddress? {
        for pair in element.split(separator: ";") {
            let pair = trimmed(pair)
            guard pair.lowercased().hasPrefix("for=") else { continue }
            let value = pair.dropFirst(4)
            guard value.hasPrefix("\""), value.hasSuffix("\""), value.count > 1 else { return node(value) }
            return node(value.dropFirst().dropLast())
        }
        return nil
    }

    /// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`.
    private static func node(_ text: Substring) -> NetworkAddress? {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return NetworkAddress(text[text.index(after: text.startIndex)..<end])
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return NetworkAddress(parts.count == 2 ? parts[0] : text)
    }
}
