/// The head of a provider's response.
struct ResponseHead: Sendable {
    /// 100 to 599.
    let status: Int
    let fields: HeadFields
    let framing: BodyFraming
    /// Whether the connection can carry another request.
    let keepAlive: Bool

    /// `bytes` is a head that `HeadScanner` accepted.
    init(_ bytes: [UInt8]) throws(FramingProblem) {
        guard let lineEnd = bytes.firstIndex(of: 0x0d) else { throw .badStartLine }
        let line = bytes[..<lineEnd]
        let isCurrent = line.starts(with: "HTTP/1.1 ".utf8)
        guard isCurrent || line.starts(with: "HTTP/1.0 ".utf8) else { throw .unsupportedVersion }
        let digits = line.dropFirst(9).prefix(3)
        guard digits.count == 3, digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            throw .badStatus
        }
        let status = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        let reason = line.dropFirst(12)
        guard status >= 100, status <= 599, reason.isEmpty || reason.first == 0x20 else { throw .badStatus }
        self.status = status

        fields = try HeadFields(bytes, from: lineEnd + 2, toleratesUnderscores: true)
        let options = try fields.connectionOptions().map { String(decoding: $0, as: UTF8.self) }
        let declared = try fields.framing()
        if !isCurrent, declared == .chunked { throw .badTransferEncoding }
        switch status {
        case 100..<200, 204, 304: framing = .none
        default: framing = declared ?? .untilClose
        }
        keepAlive = isCurrent && !options.contains("close") && framing != .untilClose
    }

    /// 1xx: more heads follow.
    var isInformational: Bool { status < 200 }
}
