import NIOCore
import NIOHPACK
import NIOSSL

/// A client of HTTP/2 that sends exactly the frames it is told, good or bad.
struct FrameClient: Sendable {
    struct Frame: Sendable {
        var type: UInt8
        var flags: UInt8 = 0
        var stream: Int = 0
        var payload: [UInt8] = []

        var bytes: [UInt8] {
            let count = payload.count
            return [UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff), type, flags]
                + FrameClient.word(stream) + payload
        }
    }

    /// What came back on one stream.
    struct Reply: Sendable {
        var fields: [(String, String)] = []
        var body = ""
        var isEnded = false
        /// The code of a RST_STREAM.
        var reset: Int?

        var status: Int { self[":status"].flatMap { Int($0) } ?? 0 }
        subscript(name: String) -> String? { fields.first { $0.0 == name }?.1 }
    }

    let raw: RawClient

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// A connection whose preface and settings are sent.
    static func connect(
        port: Int,
        tls: NIOSSLContext,
        settings: [UInt8] = [],
        reads: Bool = true
    ) async throws -> FrameClient {
        let client = FrameClient(raw: try await RawClient.connect(port: port, reads: reads, tls: tls))
        try await client.raw.send(preface + Frame(type: 4, payload: settings).bytes)
        return client
    }

    static func word(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(value >> $0 & 0xff) }
    }

    /// One setting of a SETTINGS frame.
    static func setting(_ name: Int, _ value: Int) -> [UInt8] { [0, UInt8(name)] + word(value) }

    /// Fields as literals that no table remembers.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in [0] + text(name) + text(value) }
    }

    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var rest = bytes.count - 127
        var prefix: [UInt8] = [127]
        while rest >= 128 {
            prefix.append(UInt8(rest & 0x7f | 0x80))
            rest >>= 7
        }
        return prefix + [UInt8(rest)] + bytes
    }

    static func head(
        _ path: String = "/active/echo/responses",
        method: String = "POST",
        authority: String? = "relay",
        scheme: String = "https",
        token: String? = RelayFixture.token,
        with more: [(String, String)] = []
    ) -> [(String, String)] {
        [(":method", method), (":scheme", scheme), (":path", path)] + (authority.map { [(":authority", $0)] } ?? [])
            + (token.map { [("authorization", "Bearer \($0)")] } ?? []) + more
    }

    static func headers(_ stream: Int, _ fields: [(String, String)] = head(), ends: Bool = false) -> Frame {
        Frame(type: 1, flags: ends ? 5 : 4, stream: stream, payload: block(fields))
    }

    static func data(_ stream: Int, _ text: String = Requests.body, ends: Bool = true) -> Frame {
        Frame(type: 0, flags: ends ? 1 : 0, stream: stream, payload: Array(text.utf8))
    }

    static func windowUpdate(_ stream: Int, _ increment: Int) -> Frame {
        Frame(type: 8, stream: stream, payload: word(increment))
    }

    func send(_ frames: [Frame]) async throws {
        try await raw.send(frames.flatMap(\.bytes))
    }

    /// Whole frames so far.
    var frames: [Frame] {
        var frames: [Frame] = []
        var rest = raw.bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let count = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard rest.count >= 9 + count else { break }
            let stream = Int(head[5] & 0x7f) << 24 | Int(head[6]) << 16 | Int(head[7]) << 8 | Int(head[8])
            frames.append(
                Frame(type: head[3], flags: head[4], stream: stream, payload: Array(rest.dropFirst(9).prefix(count)))
            )
            rest = rest.dropFirst(9 + count)
        }
        return frames
    }

    /// The error codes of GOAWAY frames so far.
    var farewells: [Int] {
        frames.filter { $0.type == 7 }.map { $0.payload.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | Int($1) } }
    }

    func reply(_ stream: Int) -> Reply {
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
        var reply = Reply()
        for frame in frames {
            switch frame.type {
            case 1:
                var block = ByteBuffer(bytes: frame.payload)
                guard let headers = try? decoder.decodeHeaders(from: &block), frame.stream == stream else { continue }
                reply.fields = headers.map { ($0.name, $0.value) }
            case 0 where frame.stream == stream: reply.body += String(decoding: frame.payload, as: UTF8.self)
            case 3 where frame.stream == stream: reply.reset = frame.payload.reduce(0) { $0 << 8 | Int($1) }
            default: break
            }
            if frame.type < 2, frame.stream == stream, frame.flags & 1 == 1 { reply.isEnded = true }
        }
        return reply
    }

    /// Waits, up to 10 s, for the end of a stream.
    func whole(_ stream: Int) async -> Reply {
        await raw.until { _ in
            let reply = reply(stream)
            return reply.isEnded || reply.reset != nil
        }
        return reply(stream)
    }
}
