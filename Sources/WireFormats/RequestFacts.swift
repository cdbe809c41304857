/// What policy must know of a model request, read from its bytes without building a tree.
package struct RequestFacts: Hashable, Sendable {
    /// Nil where the body names none.
    package var model: String?
    /// Whether the client asked for an event stream.
    package var stream: Bool

    package init(model: String?, stream: Bool) {
        self.model = model
        self.stream = stream
    }

    /// Scans a whole body.
    package static func scan(_ bytes: Span<UInt8>) -> Result<RequestFacts, RequestRefusal> {
        var scanner = RequestScanner()
        scanner.consume(bytes)
        return scanner.finish()
    }

    /// Scans a whole body.
    package static func scan(_ bytes: [UInt8]) -> Result<RequestFacts, RequestRefusal> {
        scan(bytes.span)
    }
}

/// The top-level members of a body in which a dialect writes what policy reads.
package struct RequestMembers: Hashable, Sendable {
    let model: [UInt8]
    /// Nil for dialects that say it in the path.
    let stream: [UInt8]?

    package init(model: String, stream: String?) {
        self.model = Array(model.utf8)
        self.stream = stream.map { Array($0.utf8) }
    }

    /// `model` and `stream`, as nearly all write it.
    package static let usual = RequestMembers(model: "model", stream: "stream")
}

/// Why a body cannot be judged. What we read and what the provider reads must be the same thing, so anything that two
/// readers could take differently is refused.
package enum RequestRefusal: Error, Hashable, Sendable, CaseIterable {
    case notJSON
    case notAnObject
    case tooDeep
    case nameEscaped
    case modelTwice
    case modelMisspelled
    case modelNotPlain
    case streamTwice
    case streamMisspelled
    case streamNotBoolean

    /// One sentence for whoever wrote the client.
    package var sentence: String {
        switch self {
        case .notJSON: "The request body is not valid JSON."
        case .notAnObject: "The request body must be a JSON object."
        case .tooDeep: "The request body is nested deeper than 64 levels."
        case .nameEscaped: "The request body has a top-level name with escapes; write it plainly."
        case .modelTwice: "The request body names `model` twice."
        case .modelMisspelled: "The request body has a name that differs from `model` only in case."
        case .modelNotPlain: "`model` must be a string of at most 256 plain ASCII characters, without escapes."
        case .streamTwice: "The request body names `stream` twice."
        case .streamMisspelled: "The request body has a name that differs from `stream` only in case."
        case .streamNotBoolean: "`stream` must be true or false."
        }
    }
}
