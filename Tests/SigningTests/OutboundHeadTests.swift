import Testing

@testable import Signing

@Suite struct OutboundHeadTests {
    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func theCredentialIsTheLastHeader() throws {
        var head = try OutboundHead(
            method: "POST",
            target: "/v1/responses?api-version=1",
            host: "api.example.com",
            into: [UInt8]()
        )
        try head.forward(name: Array("accept".utf8).span, value: Array("text/event-stream".utf8).span)
        head.inject(try #require(InjectedHeader(name: "X-Keyreeve-Request-Id", value: "r1")))
        head.contentLength(2)
        let secret = Array("sk-secret".utf8)
        let bytes = unsafe try head.finish(bearer: secret.span.bytes)
        #expect(
            Self.text(bytes) == """
                POST /v1/responses?api-version=1 HTTP/1.1\r
                host: api.example.com\r
                accept: text/event-stream\r
                x-keyreeve-request-id: r1\r
                content-length: 2\r
                authorization: Bearer sk-secret\r
                \r

                """
        )
    }

    @Test(arguments: ["", "a b", "a\r\nx: y", "a\u{0}", "\u{e9}", String(repeating: "k", count: 8193)])
    func aCredentialThatNoHeaderCanHoldIsRefused(secret: String) throws {
        let head = try OutboundHead(method: "POST", target: "/", host: "h", into: [UInt8]())
        let bytes = Array(secret.utf8)
        do {
            _ = unsafe try head.finish(bearer: bytes.span.bytes)
            Issue.record("accepted")
        } catch {
            #expect(error == .unusableCredential)
        }
    }

    @Test(arguments: [("GET /", "/", "h"), ("GET", "/ HTTP/1.1\r\nx: y", "h"), ("GET", "/", "h\r\n"), ("", "/", "h")])
    func aHeadLineCannotBeBroken(method: String, target: String, host: String) {
        do {
            _ = try OutboundHead(method: method, target: target, host: host, into: [UInt8]()).finish()
            Issue.record("accepted")
        } catch {
            #expect(error == .unsafeHead)
        }
    }

    @Test(arguments: [("x-a", "a\r\nb: c"), ("x a", "1"), ("x_a", "1"), ("x-a", "\u{0}")])
    func aForwardedHeaderIsCheckedAgain(name: String, value: String) throws {
        var head = try OutboundHead(method: "GET", target: "/", host: "h", into: [UInt8]())
        do {
            try head.forward(name: Array(name.utf8).span, value: Array(value.utf8).span)
            Issue.record("accepted")
        } catch {
            #expect(error == .unsafeHead)
        }
        _ = head.finish()
    }
}
