/// Header fields that the relay itself acts on.
enum KnownField: Int, Hashable, Sendable, CaseIterable {
    case host
    case contentLength
    case transferEncoding
    case connection
    case expect
    case upgrade
    case contentType
    case contentEncoding
    case authorization
    case apiKey
    case xAPIKey
    case xGoogAPIKey
    case keyreeveToken
    case originator
    case userAgent
    case retryAfter

    var name: StaticString {
        switch self {
        case .host: "host"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .expect: "expect"
        case .upgrade: "upgrade"
        case .contentType: "content-type"
        case .contentEncoding: "content-encoding"
        case .authorization: "authorization"
        case .apiKey: "api-key"
        case .xAPIKey: "x-api-key"
        case .xGoogAPIKey: "x-goog-api-key"
        case .keyreeveToken: "x-keyreeve-token"
        case .originator: "originator"
        case .userAgent: "user-agent"
        case .retryAfter: "retry-after"
        }
    }

    /// Whether a second one makes the message ambiguous.
    var mayRepeat: Bool { self == .connection }

    /// By length of the name, so that most lookups compare nothing.
    private static let byLength: [[(name: [UInt8], field: KnownField)]] = {
        let longest = allCases.map { $0.name.utf8CodeUnitCount }.max() ?? 0
        var table = [[(name: [UInt8], field: KnownField)]](repeating: [], count: longest + 1)
        for field in allCases {
            table[field.name.utf8CodeUnitCount].append((Array(field.name.description.utf8), field))
        }
        return table
    }()

    /// The field of this lower-case name.
    static func lookUp(_ name: Span<UInt8>) -> KnownField? {
        guard name.count < byLength.count else { return nil }
        for candidate in byLength[name.count] {
            var index = 0
            while index < name.count, name[index] == candidate.name[index] { index += 1 }
            if index == name.count { return candidate.field }
        }
        return nil
    }
}
