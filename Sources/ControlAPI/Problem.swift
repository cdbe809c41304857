package import Model

/// An error answer: RFC 9457, `application/problem+json`.
///
/// `code` is a `Failure`'s raw value, stable and to branch on; `detail` is a sentence for the person. Neither ever
/// holds a value that the caller sent.
package struct Problem: Codable, Error, Hashable, Sendable {
    package static let contentType = "application/problem+json"

    package var type: String
    package var title: String
    package var status: Int
    package var code: String
    package var detail: String
    package var requestID: String
    /// Only with `invalid_document`: every error of the documents at once.
    package var diagnostics: [DocumentDiagnostic]?

    package enum CodingKeys: String, CodingKey {
        case type
        case title
        case status
        case code
        case detail
        case requestID = "request_id"
        case diagnostics
    }

    package init(
        _ failure: Failure,
        detail: String? = nil,
        requestID: String,
        diagnostics: [DocumentDiagnostic]? = nil
    ) {
        type = "about:blank"
        title = failure.rawValue.replacing("_", with: " ")
        status = failure.status
        code = failure.rawValue
        self.detail = detail ?? failure.sentence
        self.requestID = requestID
        self.diagnostics = diagnostics
    }

    /// What went wrong; nil for a code of a newer server.
    package var failure: Failure? { Failure(rawValue: code) }
}
