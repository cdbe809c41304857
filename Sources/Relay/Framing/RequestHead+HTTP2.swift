import NIOHPACK
import Signing

extension RequestHead {
    /// A head of HTTP/2, brought into the form of HTTP/1.1 and read by its rules, so that no request is allowed in one
    /// protocol and refused in the other. Nothing may stand in a field that could end its line there.
    ///
    /// - Parameter endsStream: Whether no body follows.
    init(_ headers: HPACKHeaders, endsStream: Bool, settings: RelaySettings) throws(FramingProblem) {
        var pseudo: [String: String] = [:]
        var lines: [UInt8] = []
        var host: String?
        for (name, value, _) in headers {
            guard !name.hasPrefix(":") else {
                guard lines.isEmpty, Self.pseudoNames.contains(name), pseudo[name] == nil else { throw .badStartLine }
                pseudo[name] = value
                continue
            }
            guard !Self.connectionNames.contains(name), name != "te" || value == "trailers" else {
                throw .badConnection
            }
            guard !name.isEmpty, name.utf8.allSatisfy({ FieldText.isNameByte($0) && !Self.isUpperCase($0) }) else {
                throw .badFieldName
            }
            guard value.utf8.allSatisfy(FieldText.isValueByte) else { throw .badFieldValue }
            if name == "host" {
                guard host == nil else { throw .duplicateField }
                host = value
                continue
            }
            lines.append(contentsOf: "\(name): \(value)\r\n".utf8)
        }
        guard let method = pseudo[":method"], let path = pseudo[":path"], let scheme = pseudo[":scheme"],
            scheme == "https"
        else { throw .badStartLine }
        guard let authority = pseudo[":authority"] ?? host else { throw .missingHost }
        guard host == nil || host == authority else { throw .badHost }
        guard [method, path, authority].allSatisfy({ $0.utf8.allSatisfy(FieldText.isVisible) }) else {
            throw .badStartLine
        }
        let bytes = Array("\(method) \(path) HTTP/1.1\r\nhost: \(authority)\r\n".utf8) + lines + [0x0d, 0x0a]
        var scanner = HeadScanner(
            maximumBytes: settings.maximumHeadBytes,
            maximumFields: settings.maximumHeaderFields
        )
        switch scanner.scan(bytes.span) {
        case .end(bytes.count): break
        case .problem(let problem): throw problem
        case .end, .needMore: throw .badStartLine
        }
        try self.init(bytes, streamFraming: endsStream ? .none : .chunked)
    }

    private static let pseudoNames: Set<String> = [":method", ":path", ":scheme", ":authority"]

    /// Fields that HTTP/2 has no place for (RFC 9113, 8.2.2).
    private static let connectionNames: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]

    private static func isUpperCase(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }
}
