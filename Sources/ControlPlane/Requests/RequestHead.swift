/// What is known of a request before its body is read.
package struct RequestHead: Sendable {
    /// Ours; the log, the audit and the answer carry it.
    package var id: String
    package var method: String
    /// Without the query, not decoded.
    package var path: String
    package var query: String?
    /// Every `Authorization` field.
    package var authorization: [String]
    package var ifNoneMatch: String?
    package var contentType: String?
    /// Of the connection.
    package var address: String

    package init(
        id: String,
        method: String,
        path: String,
        query: String? = nil,
        authorization: [String] = [],
        ifNoneMatch: String? = nil,
        contentType: String? = nil,
        address: String
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.query = query
        self.authorization = authorization
        self.ifNoneMatch = ifNoneMatch
        self.contentType = contentType
        self.address = address
    }
}
