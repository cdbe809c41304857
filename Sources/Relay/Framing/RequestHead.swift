/// The head of a client's request, checked as strictly as RFC 9112 allows.
struct RequestHead: Sendable {
    enum Method: Hashable, Sendable {
        case get
        case post
        case other
    }

    let method: Method
    let fields: HeadFields
    /// The segments of the path, never empty, of unreserved characters only.
    let segments: [String]
    let framing: BodyFraming
    let expectsContinue: Bool
    let wantsUpgrade: Bool
    /// Whether another request may follow on this connection.
    let keepAlive: Bool
    /// The fields that end at this hop because the client's `Connection` names them; lower case.
    let connectionOptions: [[UInt8]]

    /// - Parameters:
    ///   - bytes: A head that `HeadScanner` accepted.
    ///   - streamFraming: How the body is framed where no length is given and the protocol itself frames it.
    init(_ bytes: [UInt8], streamFraming: BodyFraming = .none) throws(FramingProblem) {
        let line = try StartLine(bytes)
        fields = try HeadFields(bytes, from: line.end)
        method = line.method
        segments = try Self.segments(bytes[line.target])
        try Self.checkHost(fields)

        connectionOptions = try fields.connectionOptions()
        let options = connectionOptions.map { String(decoding: $0, as: UTF8.self) }
        keepAlive = !options.contains("close")
        wantsUpgrade = fields[.upgrade] != nil || options.contains("upgrade")

        framing = try fields.framing() ?? streamFraming
        if method == .get {
            guard framing == .none || framing == .fixed(0) else { throw .bodyNotExpected }
        }
        if let expectation = fields[.expect] {
            guard fields.value(expectation, equals: "100-continue") else { throw .badExpectation }
            expectsContinue = framing != .none && framing != .fixed(0)
        } else {
            expectsContinue = false
        }
    }

    /// `/a/b/c?query`: the query is checked and not used, since a client has no say in where a request goes.
    private static func segments(_ target: ArraySlice<UInt8>) throws(FramingProblem) -> [String] {
        guard target.first == UInt8(ascii: "/") else { throw .badTarget }
        let parts = target.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first ?? target
        if parts.count > 1, let query = parts.last {
            let isClean = query.allSatisfy { byte in
                byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "#") && byte != UInt8(ascii: "\\")
            }
            guard isClean else { throw .badTarget }
        }
        var segments: [String] = []
        for part in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard !part.isEmpty else { throw .badTarget }
            for byte in part {
                if byte == UInt8(ascii: "%") { throw .escapedTarget }
                guard isUnreserved(byte) else { throw .badTarget }
            }
            let segment = String(decoding: part, as: UTF8.self)
            guard segment != ".", segment != ".." else { throw .dottedTarget }
            segments.append(segment)
        }
        return segments
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func checkHost(_ fields: HeadFields) throws(FramingProblem) {
        guard let host = fields[.host] else { throw .missingHost }
        let isClean = fields.bytes[host].allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"),
                UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        guard !host.isEmpty, isClean else { throw .badHost }
    }
}

/// `METHOD SP target SP HTTP/1.1 CRLF`.
private struct StartLine {
    let method: RequestHead.Method
    let target: Range<Int>
    /// Behind the CRLF.
    let end: Int

    private static let version = Array("HTTP/1.1".utf8)

    init(_ bytes: [UInt8]) throws(FramingProblem) {
        guard let lineEnd = bytes.firstIndex(of: 0x0d) else { throw .badStartLine }
        let line = bytes[..<lineEnd]
        guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), first < last else {
            throw .badStartLine
        }
        let name = line[..<first]
        let isMethod =
            !name.isEmpty && name.count <= 16
            && name.allSatisfy { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
        guard isMethod else { throw .badStartLine }
        target = (first + 1)..<last
        guard !target.isEmpty, !line[target].contains(0x20), line[target].allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .badTarget
        }
        let version = line[(last + 1)...]
        guard version.elementsEqual(Self.version) else {
            throw version.starts(with: "HTTP/".utf8) ? .unsupportedVersion : .badStartLine
        }
        method = name.elementsEqual("POST".utf8) ? .post : name.elementsEqual("GET".utf8) ? .get : .other
        end = lineEnd + 2
    }
}
