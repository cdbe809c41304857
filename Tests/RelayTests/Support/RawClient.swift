import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A socket that says exactly what it is told, and remembers what it hears.
final class RawClient: Sendable {
    private let channel: any Channel
    private let heard: Heard

    private final class Heard: Sendable {
        struct State {
            var bytes: [UInt8] = []
            var count = 0
            var isEnded = false
        }

        let state = Mutex(State())
        let keeps: Bool

        init(keeps: Bool) { self.keeps = keeps }
    }

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let heard: Heard

        init(_ heard: Heard) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var buffer = unwrapInboundIn(data)
            let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
            heard.state.withLock { state in
                state.count += bytes.count
                if heard.keeps { state.bytes += bytes }
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            heard.state.withLock { $0.isEnded = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            heard.state.withLock { $0.isEnded = true }
            context.close(promise: nil)
        }
    }

    private init(channel: any Channel, heard: Heard) {
        self.channel = channel
        self.heard = heard
    }

    /// - Parameters:
    ///   - keeps: False only counts what comes.
    ///   - tls: Nil speaks in clear.
    static func connect(
        port: Int,
        reads: Bool = true,
        keeps: Bool = true,
        tls: NIOSSLContext? = nil
    ) async throws -> RawClient {
        let heard = Heard(keeps: keeps)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: reads ? 1 << 20 : 16 << 10)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(Ear(heard))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        return RawClient(channel: channel, heard: heard)
    }

    /// Speaks TLS from here on.
    func startTLS(_ context: NIOSSLContext) async throws {
        try await channel.eventLoop.submit { [channel] in
            let handler = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        }.get()
    }

    var text: String { heard.state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var bytes: [UInt8] { heard.state.withLock { $0.bytes } }
    var count: Int { heard.state.withLock { $0.count } }
    var isEnded: Bool { heard.state.withLock { $0.isEnded } }

    func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Sends without waiting for it to leave, and without minding that it may not.
    func push(_ text: String) {
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    func startReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    func close() async {
        try? await channel.close().get()
    }

    /// Waits, up to 10 s, until what was heard fits; what was heard.
    @discardableResult
    func until(_ fits: (String) -> Bool) async -> String {
        for _ in 0..<2_000 {
            let text = text
            if fits(text) || isEnded { return self.text }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return text
    }

    /// Waits, up to 10 s, for the end.
    func untilEnd() async -> String {
        for _ in 0..<2_000 where !isEnded { try? await Task.sleep(for: .milliseconds(5)) }
        return text
    }

    /// One whole answer, or what came before the end.
    @discardableResult
    func answer() async -> String {
        await until { RawAnswer($0)?.isWhole ?? false }
    }
}

/// Just enough to read what the relay answers.
struct RawAnswer {
    let status: Int
    let head: String
    let body: String

    init?(_ text: String) {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        head = String(text[..<end.lowerBound])
        body = String(text[end.upperBound...])
        status = Int(head.dropFirst(9).prefix(3)) ?? 0
    }

    func field(_ name: String) -> String? {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix(name + ": ") {
            return String(line.dropFirst(name.count + 2))
        }
        return nil
    }

    var isWhole: Bool {
        if let length = field("content-length").flatMap({ Int($0) }) { return body.utf8.count >= length }
        if field("transfer-encoding") == "chunked" { return body.hasSuffix("0\r\n\r\n") }
        return true
    }

    /// The body without its chunks.
    var content: String {
        guard field("transfer-encoding") == "chunked" else { return body }
        var rest = Substring(body)
        var content = ""
        while let line = rest.firstRange(of: "\r\n"), let size = Int(rest[..<line.lowerBound], radix: 16), size > 0 {
            let bytes = Array(rest[line.upperBound...].utf8)
            content += String(decoding: bytes.prefix(size), as: UTF8.self)
            rest = Substring(String(decoding: bytes.dropFirst(size + 2), as: UTF8.self))
        }
        return content
    }
}

extension String {
    /// The first `count` bytes; a `prefix` would count CRLF as one.
    func bytes(to count: Int) -> String { String(decoding: utf8.prefix(count), as: UTF8.self) }
    /// What follows the first `count` bytes.
    func bytes(from count: Int) -> String { String(decoding: utf8.dropFirst(count), as: UTF8.self) }
}
