import Policy

/// Which header names a document may set.
enum HeaderRules {
    /// Why a name cannot be set, or nil.
    static func problem(with name: String) -> String? {
        let isToken = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
        guard isToken, !name.isEmpty, name.utf8.count <= 64 else { return "\"\(name)\" is not a header name" }
        // Software on the way turns `_` into `-`, and then one header passes for another.
        if name.contains("_") { return "header \(name) has an underscore; write \(name.replacing("_", with: "-"))" }
        let lower = name.lowercased()
        if credentials.contains(lower) {
            return "header \(name) carries a credential, which never stands in a document"
        }
        if managed.contains(lower) || lower.hasPrefix("proxy-") || lower.hasPrefix("sec-websocket-") {
            return "header \(name) belongs to the transport and cannot be set"
        }
        return nil
    }

    /// Why a value cannot be sent, or nil.
    static func problem(withValue value: String) -> String? {
        HeaderValue.isSendable(value)
            ? nil : "a header value is 1 to 1024 printable ASCII characters, without a space at either end"
    }

    private static let credentials: Set<String> = [
        "authorization", "api-key", "x-api-key", "x-goog-api-key", "cookie", "set-cookie", "x-keyreeve-token",
        "x-amz-security-token",
    ]

    private static let managed: Set<String> = [
        "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "upgrade",
        "te", "trailer", "keep-alive", "expect", "accept", "accept-encoding", "date", "forwarded", "x-forwarded-for",
        "x-forwarded-host", "x-forwarded-proto", "via",
    ]
}
