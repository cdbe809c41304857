/// Where a Keyreeve control API is: scheme, host and port, nothing else.
///
/// Plain `http` is taken for loopback alone: everything this address carries is a credential.
package struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    package let isSecure: Bool
    /// Lower case; an IPv6 literal keeps its brackets.
    package let host: String
    package let port: Int

    /// Why a text is no server address, as one sentence.
    package struct Problem: Error, Hashable, Sendable {
        package let sentence: String
    }

    package init(_ text: String) throws(Problem) {
        guard let parts = Self.parts(of: text) else {
            throw Problem(sentence: "A server address looks like `https://keyreeve.example.com`, with nothing behind.")
        }
        guard parts.isSecure || Self.isLoopback(parts.host) else {
            throw Problem(sentence: "Use https:// for this server; plain http is taken for this machine alone.")
        }
        isSecure = parts.isSecure
        host = parts.host
        port = parts.port ?? (parts.isSecure ? 443 : 80)
    }

    /// The canonical form, without a slash at the end and without the scheme's own port.
    package var description: String {
        let isUsual = port == (isSecure ? 443 : 80)
        return (isSecure ? "https://" : "http://") + host + (isUsual ? "" : ":\(port)")
    }

    /// A folder name for what is remembered about this server; equal addresses have equal names.
    package var folderName: String {
        let host = host.replacing("[", with: "").replacing("]", with: "").replacing(":", with: ".")
        return (isSecure ? "https" : "http") + "_" + host + "_" + String(port)
    }

    /// Whether a host is this machine by its literal name, without asking any resolver.
    package static func isLoopback(_ host: String) -> Bool {
        host == "127.0.0.1" || host == "[::1]" || host == "localhost"
    }

    /// Whether a URL of an OpenID provider may be spoken to: `https`, or `http` to loopback.
    package static func isAcceptable(url: String) -> Bool {
        let scheme = url.hasPrefix("https://") ? "https://" : "http://"
        guard url.hasPrefix(scheme), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return false }
        let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return (try? Self(scheme + authority)) != nil
    }

    private static func parts(of text: String) -> (isSecure: Bool, host: String, port: Int?)? {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return nil }
        var rest = text.dropFirst(isSecure ? 8 : 7)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let host: Substring
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[...end]
            guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                return nil
            }
        } else {
            host = rest.prefix { $0 != ":" }
            guard host.utf8.allSatisfy(isHostByte) else { return nil }
        }
        guard host.count > (host.hasPrefix("[") ? 2 : 0), host.count <= 253 else { return nil }
        let tail = rest.dropFirst(host.count)
        if tail.isEmpty { return (isSecure, host.lowercased(), nil) }
        guard tail.hasPrefix(":"), let port = UInt16(tail.dropFirst()), port > 0 else { return nil }
        return (isSecure, host.lowercased(), Int(port))
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
