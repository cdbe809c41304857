import NIOCore
import Testing

@testable import Relay

/// The parser by itself. The corpus is of what has split front and back ends before: request smuggling, header
/// injection, path confusion.
@Suite struct FramingTests {
    private static func parse(_ text: String) -> Result<RequestHead, FramingProblem> {
        let bytes = Array(text.utf8)
        var scanner = HeadScanner(maximumBytes: 32 << 10, maximumFields: 100)
        switch scanner.scan(bytes.span) {
        case .needMore: return .failure(.badStartLine)
        case .problem(let problem): return .failure(problem)
        case .end(let count):
            do { return .success(try RequestHead(Array(bytes[..<count]))) } catch { return .failure(error) }
        }
    }

    static let start = "POST /active/echo/responses HTTP/1.1\r\nHost: relay\r\n"

    static let refused: [(String, FramingProblem)] = [
        // Length and encoding
        (start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthAndEncoding),
        (start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", .lengthAndEncoding),
        (start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", .duplicateField),
        (start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", .duplicateField),
        (start + "Content-Length: 5, 5\r\n\r\n", .badContentLength),
        (start + "Content-Length: +5\r\n\r\n", .badContentLength),
        (start + "Content-Length: -5\r\n\r\n", .badContentLength),
        (start + "Content-Length: 0x5\r\n\r\n", .badContentLength),
        (start + "Content-Length: 5 5\r\n\r\n", .badContentLength),
        (start + "Content-Length:\r\n\r\n", .badContentLength),
        (start + "Content-Length: 99999999999999999999\r\n\r\n", .badContentLength),
        (start + "Content-Length: \u{b2}\r\n\r\n", .badContentLength),
        (start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .duplicateField),
        (start + "Transfer-Encoding: chunked, identity\r\n\r\n", .badTransferEncoding),
        (start + "Transfer-Encoding: identity, chunked\r\n\r\n", .badTransferEncoding),
        (start + "Transfer-Encoding: xchunked\r\n\r\n", .badTransferEncoding),
        (start + "Transfer-Encoding: \"chunked\"\r\n\r\n", .badTransferEncoding),
        (start + "Transfer-Encoding:\r\n\r\n", .badTransferEncoding),
        (start + "Transfer-Encoding: gzip\r\n\r\n", .badTransferEncoding),
        (start + "Transfer-Encoding : chunked\r\n\r\n", .badFieldName),
        (start + "Transfer_Encoding: chunked\r\n\r\n", .badFieldName),
        (start + " Transfer-Encoding: chunked\r\n\r\n", .foldedField),
        (start + "X: a\r\n\tb\r\n\r\n", .foldedField),
        (start + "X: a\r\n Transfer-Encoding: chunked\r\n\r\n", .foldedField),
        (start + "\u{b}Transfer-Encoding: chunked\r\n\r\n", .badFieldName),
        ("GET /a/b/models HTTP/1.1\r\nHost: r\r\nContent-Length: 5\r\n\r\n", .bodyNotExpected),
        ("GET /a/b/models HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n", .bodyNotExpected),
        // Lines
        (start + "X: a\nY: b\r\n\r\n", .bareLineFeed),
        (start + "X: a\rY: b\r\n\r\n", .bareCarriageReturn),
        ("POST / HTTP/1.1\nHost: r\n\n", .bareLineFeed),
        ("\r\nPOST / HTTP/1.1\r\nHost: r\r\n\r\n", .emptyFirstLine),
        (start + "X: a\r\r\n\r\n", .bareCarriageReturn),
        (start + "X: a\u{0}b\r\n\r\n", .badFieldValue),
        (start + "X: a\u{7f}b\r\n\r\n", .badFieldValue),
        (start + ": a\r\n\r\n", .badFieldName),
        (start + "X\r\n\r\n", .badFieldName),
        (start + "X Y: a\r\n\r\n", .badFieldName),
        (start + "X(: a\r\n\r\n", .badFieldName),
        (start + "X\u{e9}: a\r\n\r\n", .badFieldName),
        // Singletons and identity
        ("POST /a/b/responses HTTP/1.1\r\n\r\n", .missingHost),
        (start + "Host: other\r\n\r\n", .duplicateField),
        ("POST /a/b/responses HTTP/1.1\r\nHost: a b\r\n\r\n", .badHost),
        ("POST /a/b/responses HTTP/1.1\r\nHost: a@b\r\n\r\n", .badHost),
        ("POST /a/b/responses HTTP/1.1\r\nHost:\r\n\r\n", .badHost),
        (start + "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", .duplicateField),
        (start + "X_Keyreeve_Token: a\r\n\r\n", .badFieldName),
        (start + "Content-Type: a\r\nContent-Type: b\r\n\r\n", .duplicateField),
        (start + "Expect: 200-ok\r\n\r\n", .badExpectation),
        (start + "Connection: close, a b\r\n\r\n", .badConnection),
        // Start line and target
        ("POST http://relay/a/b/responses HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST * HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST a/b/responses HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST /a%2Fb/responses HTTP/1.1\r\nHost: r\r\n\r\n", .escapedTarget),
        ("POST /a/%2e%2e/responses HTTP/1.1\r\nHost: r\r\n\r\n", .escapedTarget),
        ("POST /a/../b HTTP/1.1\r\nHost: r\r\n\r\n", .dottedTarget),
        ("POST /a/./b HTTP/1.1\r\nHost: r\r\n\r\n", .dottedTarget),
        ("POST /a//b HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST /a/b/ HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST /a\\b HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST /a#b HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST /a?b#c HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST /a;b=c HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST /a b HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST /\u{e9} HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST  / HTTP/1.1\r\nHost: r\r\n\r\n", .badTarget),
        ("POST / HTTP/1.0\r\nHost: r\r\n\r\n", .unsupportedVersion),
        ("POST / HTTP/2.0\r\nHost: r\r\n\r\n", .unsupportedVersion),
        ("POST / HTTP/1.1 \r\nHost: r\r\n\r\n", .badTarget),
        ("POST / http/1.1\r\nHost: r\r\n\r\n", .badStartLine),
        ("POST /\r\nHost: r\r\n\r\n", .badStartLine),
        ("post / HTTP/1.1\r\nHost: r\r\n\r\n", .badStartLine),
        ("P\u{0}ST / HTTP/1.1\r\nHost: r\r\n\r\n", .badStartLine),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
        // Size
        (start + "X: " + String(repeating: "a", count: 33_000) + "\r\n\r\n", .headTooLarge),
        (start + String(repeating: "X: a\r\n", count: 101) + "\r\n", .tooManyFields),
    ]

    @Test(arguments: refused)
    func whatTwoParsersCouldReadDifferentlyIsRefused(text: String, problem: FramingProblem) {
        switch Self.parse(text) {
        case .success: Issue.record("accepted: \(text)")
        case .failure(let found): #expect(found == problem, "\(text)")
        }
    }

    @Test func anOrdinaryHeadIsRead() throws {
        let text =
            "POST /active/echo/chat/completions?x=1&y=/../ HTTP/1.1\r\nHOST: relay:7401\r\nContent-Length: 0012\r\n"
            + "Connection: Keep-Alive, X-Mine\r\nconnection: close\r\nExpect: 100-Continue\r\nX-Empty:\r\n"
            + "X-Odd: \t a \t b \t\r\n\r\n"
        let head = try Self.parse(text).get()
        #expect(head.method == .post)
        #expect(head.segments == ["active", "echo", "chat", "completions"])
        #expect(head.framing == .fixed(12))
        #expect(head.expectsContinue)
        #expect(!head.keepAlive)
        #expect(
            head.connectionOptions.map { String(decoding: $0, as: UTF8.self) } == ["keep-alive", "x-mine", "close"]
        )
        let values = head.fields.fields.map { head.fields.text($0.value) }
        #expect(values.contains("a \t b"))
        #expect(values.contains(""))
    }

    @Test func aHeadEndsAtTheSameByteHoweverItIsSplit() {
        let text = Array((Self.start + "X: a\r\n\r\nrest").utf8)
        for split in 0...text.count {
            var scanner = HeadScanner(maximumBytes: 1000, maximumFields: 10)
            let first = scanner.scan(text.span.extracting(0..<split))
            let result = first == .needMore ? scanner.scan(text.span) : first
            #expect(result == .end(text.count - 4))
        }
    }

    // MARK: Chunks

    private static func decode(
        _ pieces: [String],
        trailers: Bool = false
    ) -> Result<(String, rest: String), FramingProblem> {
        var decoder = BodyDecoder(.chunked, allowsTrailers: trailers)
        var buffer = ByteBuffer()
        var body = ""
        do {
            for piece in pieces {
                buffer.writeString(piece)
                reading: while true {
                    switch try decoder.next(&buffer) {
                    case .needMore: break reading
                    case .data(let data): body += String(buffer: data)
                    case .end: return .success((body, rest: String(buffer: buffer)))
                    }
                }
            }
            return .failure(.badContentLength)
        } catch {
            return .failure(error)
        }
    }

    @Test func chunksAreReadTheSameAtEverySplitPoint() throws {
        let text = "5\r\nhello\r\n00A\r\n0123456789\r\n0\r\n\r\nPOST"
        for split in 0...text.utf8.count {
            let result = try Self.decode([String(text.prefix(split)), String(text.dropFirst(split))]).get()
            #expect(result.0 == "hello0123456789")
            #expect("POST".hasPrefix(result.rest))
        }
    }

    @Test(arguments: [
        "5;ext=1\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-1\r\nhello\r\n0\r\n\r\n", "\r\n", "g\r\n",
        "5\r\nhelloX0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello", "7fffffffffffffff\r\nhello", "0000000000000005\r\nhello", "5\rhello",
        "0\r\n\n", "0\r\nX: smuggled\r\n\r\n",
    ])
    func badChunksAreRefused(text: String) {
        switch Self.decode([text]) {
        case .success: Issue.record("accepted")
        case .failure(let problem): #expect(problem == .badChunk || problem == .trailersRefused)
        }
    }

    @Test func aProvidersTrailersAreReadAndDropped() throws {
        let result = try Self.decode(["1\r\na\r\n0\r\nX: y\r\nZ: w\r\n\r\nrest"], trailers: true).get()
        #expect(result.0 == "a")
        #expect(result.rest == "rest")
        let long = "0\r\nX: " + String(repeating: "y", count: 9_000) + "\r\n\r\n"
        if case .success = Self.decode([long], trailers: true) { Issue.record("accepted") }
    }

    // MARK: Responses

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 999 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
    ])
    func aMalformedAnswerIsRefused(text: String) {
        if (try? ResponseHead(Array(text.utf8))) != nil { Issue.record("accepted") }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", BodyFraming.fixed(5), true),
        ("HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\nX_y: a\r\n\r\n", .chunked, true),
        ("HTTP/1.1 200 OK\r\n\r\n", .untilClose, false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", .fixed(5), false),
        ("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", .none, true),
        ("HTTP/1.1 100 Continue\r\n\r\n", .none, true),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", .fixed(5), false),
    ])
    func anAnswersBodyEndsWhereItSays(text: String, framing: BodyFraming, keepAlive: Bool) throws {
        let head = try ResponseHead(Array(text.utf8))
        #expect(head.framing == framing)
        #expect(head.keepAlive == keepAlive)
    }

    @Test func noBytesEverTrap() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array(
            "GET POST /ab HTTP/1.1\r\n\r\n\r\nHost: Content-Length:5 Transfer-Encoding: chunked,;\t\u{0}é".utf8
        )
        for _ in 0..<4_000 {
            let bytes = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            var scanner = HeadScanner(maximumBytes: 100, maximumFields: 3)
            _ = scanner.scan(bytes.span)
            _ = try? RequestHead(bytes)
            _ = try? ResponseHead(bytes)
            _ = try? RequestHead(Array(Self.start.utf8) + bytes + [0x0d, 0x0a, 0x0d, 0x0a])
            var decoder = BodyDecoder(.chunked, allowsTrailers: true)
            var buffer = ByteBuffer(bytes: bytes)
            while let piece = try? decoder.next(&buffer), piece != .needMore, piece != .end {}
        }
    }
}
