/// Where a provider is: its `base_url`, read strictly.
package struct UpstreamEndpoint: Hashable, Sendable {
    package enum Scheme: String, Hashable, Sendable {
        case http
        case https

        package var defaultPort: Int { self == .http ? 80 : 443 }
    }

    package let scheme: Scheme
    /// Lower case; an IPv6 address stands without its brackets.
    package let host: String
    package let port: Int
    /// Without a trailing slash; empty for the root.
    package let basePath: String

    /// Why a `base_url` cannot be used, as a sentence.
    package struct Problem: Error, Hashable, Sendable {
        package let message: String
        package let fix: String?
    }

    /// Reads `http(s)://host[:port][/path]`; no user, query or fragment, nothing that two parsers could read
    /// differently. `key` is what a problem's sentence calls the text.
    package static func parse(_ text: String, as key: String = "base_url") -> Result<UpstreamEndpoint, Problem> {
        do throws(Problem) { return .success(try UpstreamEndpoint(text, key)) } catch { return .failure(error) }
    }

    private init(_ text: String, _ key: String) throws(Problem) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            let message =
                "\(key) holds a space, a backslash or a character that is not ASCII; an international name is written "
                + "in its xn-- form"
            throw Problem(message: message, fix: nil)
        }
        guard let mark = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
        else { throw Problem(message: "\(key) is not a URL", fix: "https://HOST/v1") }
        let rest = text[mark.upperBound...]
        if let query = rest.firstIndex(of: "?") {
            let query = rest[rest.index(after: query)...]
            throw Problem(
                message: "\(key) has a query, which Codex would put in the middle of the path",
                fix: "query_params = { \(query.replacing("=", with: " = \"").replacing("&", with: "\", "))\" }"
            )
        }
        if rest.contains("#") { throw Problem(message: "\(key) has a fragment", fix: nil) }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        if authority.contains("@") {
            throw Problem(message: "\(key) holds a user or password; a credential is stored by name", fix: nil)
        }
        (host, port) = try Self.hostAndPort(authority, scheme, key)
        self.scheme = scheme
        var path = rest[slash...]
        while path.last == "/" { path.removeLast() }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        // Some servers leave out what follows a `;` before they resolve dots.
        let names = segments.map { $0.prefix { $0 != ";" } }
        guard !names.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }), !path.contains("%") else {
            throw Problem(message: "\(key) has a path with empty, dotted or escaped segments", fix: nil)
        }
        basePath = String(path)
    }

    private static func hostAndPort(
        _ authority: Substring,
        _ scheme: Scheme,
        _ key: String
    ) throws(Problem) -> (String, Int) {
        var host = authority
        var port = scheme.defaultPort
        let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[afterAddress...].lastIndex(of: ":") {
            let digits = authority[authority.index(after: colon)...]
            guard digits.utf8.allSatisfy(isDigit), let number = UInt16(digits), number > 0 else {
                throw Problem(message: "\(key) has a port that is not a number from 1 to 65535", fix: nil)
            }
            port = Int(number)
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard case .v6 = EgressAddress(literal: String(host)) else {
                throw Problem(message: "\(key) has a malformed address", fix: nil)
            }
        } else {
            guard HostName.isValid(host.lowercased()) else {
                throw Problem(message: "\(key) has no valid host name", fix: "https://HOST/v1")
            }
            guard !EgressAddress.isAmbiguous(String(host)) else {
                let message = "\(key) names its host by a number that can be read in two ways"
                throw Problem(message: message, fix: nil)
            }
        }
        return (host.lowercased(), port)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    /// `https://host[:port]/path`, in one spelling.
    package var url: String { origin + basePath }

    /// `https://host[:port]`.
    package var origin: String { "\(scheme.rawValue)://\(authority)" }

    /// The value of the `Host` header.
    package var authority: String {
        port == scheme.defaultPort ? bracketedHost : hostAndPort
    }

    /// The target of a CONNECT request (RFC 9110 9.3.6), which always names the port.
    package var hostAndPort: String { "\(bracketedHost):\(port)" }

    private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }
}
