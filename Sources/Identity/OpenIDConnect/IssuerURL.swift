/// An address at an issuer that we may call or send a person to: https, or http on loopback in development.
///
/// Deliberately narrow: scheme, host, optional port, path and query of plain characters. No user info, no fragment.
package struct IssuerURL: Hashable, Sendable {
    package let text: String

    /// Nil for anything but `https://host…`, and `http://` to a loopback host when `allowingLoopback`.
    package init?(_ text: String, allowingLoopback: Bool) {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy(Self.isPlain) else { return nil }
        let rest: Substring
        let isSecure: Bool
        if text.hasPrefix("https://") {
            (rest, isSecure) = (text.dropFirst("https://".count), true)
        } else if text.hasPrefix("http://") {
            (rest, isSecure) = (text.dropFirst("http://".count), false)
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let host = Self.host(of: authority) else { return nil }
        guard isSecure || (allowingLoopback && Self.loopbackHosts.contains(host)) else { return nil }
        self.text = text
    }

    private static let loopbackHosts: Set<String> = ["127.0.0.1", "[::1]", "localhost"]

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~:/?[]!$&'()*+,;=%".utf8.contains(byte)
        }
    }

    /// The host in front of an optional port; nil where either is not one.
    private static func host(of authority: Substring) -> String? {
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
        } else {
            host = authority.prefix { $0 != ":" }
            guard host.utf8.allSatisfy({ isHostByte($0) }) else { return nil }
        }
        let rest = authority[host.endIndex...]
        guard !host.isEmpty else { return nil }
        guard !rest.isEmpty else { return String(host) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return String(host)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
