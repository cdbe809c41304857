import Model

/// A whole answer that the relay gives itself.
struct Answer: Hashable, Sendable {
    var status: Int
    /// Set on every answer that is the broker's and not the provider's.
    var code: Failure?
    var contentType = "text/plain; charset=utf-8"
    var body: [UInt8]
    var headers: [NameValue] = []

    struct NameValue: Hashable, Sendable {
        let name: String
        let value: String
    }

    /// A refusal: one sentence, which Codex shows as it is.
    init(_ failure: Failure, _ sentence: String? = nil, status: Int? = nil) {
        self.status = status ?? failure.status
        code = failure
        body = Array((sentence ?? failure.sentence).utf8)
        switch failure {
        case .invalidToken, .expiredToken, .revokedToken:
            headers = [NameValue(name: "www-authenticate", value: "Bearer realm=\"keyreeve\", error=\"invalid_token\"")]
        case .signInRequired where self.status == 401:
            headers = [NameValue(name: "www-authenticate", value: "Bearer realm=\"keyreeve\"")]
        case .auditUnavailable, .storeUnavailable, .overloaded:
            headers = [NameValue(name: "retry-after", value: "1")]
        case .methodNotAllowed: headers = [NameValue(name: "allow", value: "GET, POST")]
        case .upgradeRefused: headers = [NameValue(name: "upgrade", value: "HTTP/1.1")]
        default: break
        }
    }

    init(json body: [UInt8]) {
        status = 200
        contentType = "application/json"
        self.body = body
    }

    /// All header fields, in lower case, but for those of a protocol's own framing.
    func fields(requestID: String?) -> [NameValue] {
        var fields = [
            NameValue(name: "content-type", value: contentType),
            NameValue(name: "content-length", value: String(body.count)),
        ]
        if let code { fields.append(NameValue(name: "keyreeve-error", value: code.rawValue)) }
        if let requestID { fields.append(NameValue(name: "x-request-id", value: requestID)) }
        return fields + headers
    }
}
