/// Requests as clients send them.
enum Requests {
    static let body = #"{"model":"gpt-5.4","stream":true,"input":[]}"#

    static func post(
        _ path: String = "/active/echo/responses",
        token: String? = RelayFixture.token,
        headers: String = "",
        body: String = body
    ) -> String {
        "POST \(path) HTTP/1.1\r\nhost: relay\r\n" + (token.map { "authorization: Bearer \($0)\r\n" } ?? "")
            + "content-type: application/json\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static func get(_ path: String, token: String? = RelayFixture.token, headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nhost: relay\r\n" + (token.map { "authorization: Bearer \($0)\r\n" } ?? "")
            + headers + "\r\n"
    }
}
