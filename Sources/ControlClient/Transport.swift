/// One HTTP request as a value.
package struct ClientRequest: Hashable, Sendable {
    package enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    package var method: Method
    package var url: String
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]
    /// From the first byte of the connection to the last of the answer.
    package var timeout: Duration

    package init(
        _ method: Method,
        _ url: String,
        headers: [String: String] = [:],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// One HTTP answer, whole.
package struct ClientReply: Hashable, Sendable {
    package var status: Int
    /// Names in lower case; of a repeated header the first value.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Carries a request to a server and its answer back. The network has one; tests have servers of their own.
package protocol Transport: Sendable {
    /// - Throws: `ClientError.unreachable` or `.timeout`, never for a status.
    func send(_ request: ClientRequest) async throws(ClientError) -> ClientReply
}
