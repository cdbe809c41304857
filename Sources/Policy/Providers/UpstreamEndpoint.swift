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
    /// differently.
    package static func parse(_ text: String) -> Result<UpstreamEndpoint, Problem> {
        do throws(Problem) { return .success(try UpstreamEndpoint(text)) } catch { return .failure(error) }
    }

    private init(_ text: String) throws(Problem) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            let message =
                "base_url holds a space, a backslash or a character that is not ASCII; an international name is written "
                + "in its xn-- form"
            throw Problem(message: message, fix: nil)
        }
        guard let mark = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
        else { throw Problem(message: "base_url is not a URL", fix: "https://HOST/v1") }
        let rest = text[mark.upperBound...]
        if let query = rest.firstIndex(of: "?") {
            let query = rest[rest.index(after: query)...]
            throw Problem(
                message: "base_url has a query, which Codex would put in the middle of the path",
                fix: "query_params = { \(query.replacing("=", with: " = \"").replacing("&", with: "\", "))\" }"
            )
        }
        if rest.contains("#") { throw Problem(message: "base_url has a fragment", fix: nil) }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        if authority.contains("@") {
            throw Problem(message: "base_url holds a user or password; a credential is stored by name", fix: nil)
        }
        (host, port) = try Self.hostAndPort(authority, scheme)
        self.scheme = scheme
        var path = rest[slash...]
        while path.last == "/" { path.removeLast() }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard !segments.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }), !path.contains("%") else {
            throw Problem(message: "base_url has a path with empty, dotted or escaped segments", fix: nil)
        }
        basePath = String(path)
    }

    private static func hostAndPort(_ authority: Substring, _ scheme: Scheme) throws(Problem) -> (String, Int) {
        var host = authority
        var port = scheme.defaultPort
        let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[afterAddress...].lastIndex(of: ":") {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else {
                throw Problem(message: "base_url has a port that is not a number from 1 to 65535", fix: nil)
            }
            port = Int(number)
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard case .v6 = EgressAddress(literal: String(host)) else {
                throw Problem(message: "base_url has a malformed address", fix: nil)
            }
        } else {
            guard HostName.isValid(host.lowercased()) else {
                throw Problem(message: "base_url has no valid host name", fix: "https://HOST/v1")
            }
            guard !EgressAddress.isAmbiguous(String(host)) else {
                let message = "base_url names its host by a number that can be read in two ways"
                throw Problem(message: message, fix: nil)
            }
        }
        return (host.lowercased(), port)
    }

    /// `https://host[:port]/path`, in one spelling.
    package var url: String { "\(scheme.rawValue)://\(authority)\(basePath)" }

    /// The value of the `Host` header.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port)"
    }
}
