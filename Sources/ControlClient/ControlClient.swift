import ControlAPI
import FoundationEssentials

/// A decoded answer with what its headers say.
package struct Answered<Value: Sendable>: Sendable {
    package let value: Value
    /// Seconds that the server's clock is ahead of ours, from `Date` (RFC 9110 6.6.1); nil without one.
    package let clockOffset: Int64?

    package init(value: Value, clockOffset: Int64?) {
        self.value = value
        self.clockOffset = clockOffset
    }
}

/// The control API of one server, typed.
///
/// Each method is one route. A status outside 200…299 throws the server's problem; a bearer goes into its header and
/// nowhere else.
package struct ControlClient: Sendable {
    package let server: ServerAddress
    let transport: any Transport
    let now: @Sendable () -> Int64

    /// - Parameter now: Our clock, whole seconds since 1970.
    package init(server: ServerAddress, transport: any Transport, now: @escaping @Sendable () -> Int64) {
        self.server = server
        self.transport = transport
        self.now = now
    }

    func call<Value: Decodable & Sendable>(
        _ method: ClientRequest.Method,
        _ path: String,
        query: [(String, String?)] = [],
        bearer: String? = nil,
        body: [UInt8] = [],
        contentType: String = "application/json",
        timeout: Duration = .seconds(30),
        as type: Value.Type = Value.self
    ) async throws(ClientError) -> Answered<Value> {
        let reply = try await send(
            method,
            path,
            query: query,
            bearer: bearer,
            body: body,
            contentType: contentType,
            timeout: timeout
        )
        guard let value = try? JSONDecoder().decode(Value.self, from: Data(reply.body)) else {
            throw .malformed("The server's answer to \(path) cannot be read; it may be another version.")
        }
        return Answered(value: value, clockOffset: clockOffset(of: reply))
    }

    /// Sends and checks the status; 304 passes where `If-None-Match` was sent.
    func send(
        _ method: ClientRequest.Method,
        _ path: String,
        query: [(String, String?)] = [],
        bearer: String? = nil,
        body: [UInt8] = [],
        contentType: String = "application/json",
        ifNoneMatch: String? = nil,
        timeout: Duration = .seconds(30)
    ) async throws(ClientError) -> ClientReply {
        var request = ClientRequest(method, server.description + path + Self.encoded(query), timeout: timeout)
        request.headers["accept"] = "application/json, application/problem+json"
        request.body = body
        if !body.isEmpty { request.headers["content-type"] = contentType }
        if let bearer { request.headers["authorization"] = "Bearer " + bearer }
        if let ifNoneMatch { request.headers["if-none-match"] = ifNoneMatch }
        let reply = try await transport.send(request)
        if (200...299).contains(reply.status) || (reply.status == 304 && ifNoneMatch != nil) { return reply }
        throw Self.refusal(in: reply)
    }

    func encoded(_ value: some Encodable) throws(ClientError) -> [UInt8] {
        guard let data = try? JSONEncoder().encode(value) else { throw .malformed("The request cannot be written.") }
        return Array(data)
    }

    func clockOffset(of reply: ClientReply) -> Int64? {
        guard let text = reply.headers["date"], let date = HTTPDate.seconds(in: text) else { return nil }
        let (offset, overflow) = date.subtractingReportingOverflow(now())
        return overflow ? nil : offset
    }

    private static func refusal(in reply: ClientReply) -> ClientError {
        if let problem = try? JSONDecoder().decode(Problem.self, from: Data(reply.body)) { return .problem(problem) }
        return .malformed("The server answered with status \(reply.status) and nothing that Keyreeve would say.")
    }

    private static func encoded(_ query: [(String, String?)]) -> String {
        let pairs = query.compactMap { name, value in value.map { name + "=" + PercentEncoding.encode($0) } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }
}
