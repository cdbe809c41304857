import Model

/// Why bytes are not the HTTP/1.1 that we take. Strict on purpose: what two parsers could read differently is refused
/// by the first one that sees it.
enum FramingProblem: String, Error, Hashable, Sendable, CaseIterable {
    case bareCarriageReturn
    case bareLineFeed
    case emptyFirstLine
    case badStartLine
    case unsupportedVersion
    case badTarget
    case escapedTarget
    case dottedTarget
    case badHost
    case missingHost
    case badFieldName
    case badFieldValue
    case foldedField
    case duplicateField
    case headTooLarge
    case tooManyFields
    case badContentLength
    case badTransferEncoding
    case lengthAndEncoding
    case bodyNotExpected
    case badExpectation
    case badConnection
    case badChunk
    case trailersRefused
    case badStatus

    var failure: Failure {
        switch self {
        case .headTooLarge, .tooManyFields: .headTooLarge
        default: .malformedRequest
        }
    }

    /// One sentence for whoever wrote the client.
    var sentence: String {
        switch self {
        case .bareCarriageReturn, .bareLineFeed, .emptyFirstLine, .badStartLine:
            "The request is malformed: its lines do not follow HTTP/1.1."
        case .unsupportedVersion: "The request is malformed: only HTTP/1.1 is spoken here."
        case .badTarget, .escapedTarget, .dottedTarget:
            "The request is malformed: its path must be /PROFILE/PROVIDER/OPERATION, with nothing escaped."
        case .badHost, .missingHost: "The request is malformed: it needs exactly one valid Host header."
        case .badFieldName, .badFieldValue, .foldedField: "The request is malformed: a header is not valid."
        case .duplicateField: "The request is malformed: a header that may stand once stands twice."
        case .headTooLarge, .tooManyFields: Failure.headTooLarge.sentence
        case .badContentLength, .badTransferEncoding, .lengthAndEncoding, .bodyNotExpected:
            "The request is malformed: the length of its body is not clear."
        case .badExpectation: "The request is malformed: it expects something that is not offered."
        case .badConnection: "The request is malformed: its Connection header is not valid."
        case .badChunk, .trailersRefused: "The request is malformed: its body is not framed as it says."
        case .badStatus: Failure.upstreamMalformed.sentence
        }
    }
}
