/// The rules for `env_http_headers` of a relayed provider, whose variables are the server's own.
package enum EnvironmentHeader {
    /// Why documents must not name a variable whatever the operator writes, or nil: ours, the database's and the cloud's
    /// hold credentials.
    package static func problem(withVariable name: String) -> String? {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, !name.isEmpty else { return "\(name) is not the name of a variable" }
        let upper = name.uppercased()
        guard !["KEYREEVE_", "PG", "AWS_"].contains(where: upper.hasPrefix) else {
            return "\(name) may hold a credential of the server, which no document may send"
        }
        return nil
    }

    /// What goes into the header; nil for a variable that is absent, blank, or holds what no header may.
    package static func value(_ text: String?) -> String? {
        text.flatMap { HeaderValue.isSendable($0) ? $0 : nil }
    }

    package static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
}
