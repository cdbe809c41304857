/// What the browser's visit to our loopback redirect means, decided without a socket (RFC 6749 4.1.2, RFC 9207).
package struct CallbackQuestion: Hashable, Sendable {
    package enum Visit: Hashable, Sendable {
        /// The authorization code.
        case code(String)
        /// The issuer, or the person at it, said no.
        case refused(String)
        /// Nothing of this sign-in: answer it and go on waiting.
        case stray(status: Int)
    }

    package let state: String
    package let issuer: String
    package let issuerIsMandatory: Bool

    package init(state: String, issuer: String, issuerIsMandatory: Bool) {
        self.state = state
        self.issuer = issuer
        self.issuerIsMandatory = issuerIsMandatory
    }

    /// - Parameter requestLine: `GET /callback?code=…&state=… HTTP/1.1`.
    package func visit(requestLine: String) -> Visit {
        let words = requestLine.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return .stray(status: 400) }
        guard words[0] == "GET" else { return .stray(status: 405) }
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard target.first == "/callback" else { return .stray(status: 404) }
        guard let fields = PercentEncoding.fields(of: target.dropFirst().first ?? "") else {
            return .stray(status: 400)
        }
        // Whoever does not know the state is not our browser: they may neither finish nor end the sign-in.
        guard fields["state"] == state else { return .stray(status: 400) }
        if let named = fields["iss"], named != issuer { return .refused("another issuer answered") }
        if issuerIsMandatory, fields["iss"] == nil { return .refused("the answer does not name its issuer") }
        if let error = fields["error"] {
            return .refused(Printable.line(fields["error_description"] ?? error))
        }
        guard let code = fields["code"], !code.isEmpty else { return .refused("the answer holds no code") }
        return .code(code)
    }
}
