import ControlAPI
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOCore

/// Where HTTP ends: turns a request into a head and a body, and an answer into a response. No decision is made here.
struct ControlListener: HTTPResponder {
    struct Context: InitializableFromSource {
        typealias Source = ApplicationRequestContextSource
        let address: String

        init(source: ApplicationRequestContextSource) {
            address = source.channel.remoteAddress?.ipAddress ?? "unknown"
        }
    }

    let reception: Reception

    @concurrent @Sendable func respond(to request: Request, context: Context) async throws -> Response {
        let head = Self.head(of: request, from: context.address)
        let answer = await reception.answer(head) { limit in
            try await Self.body(of: request, upTo: limit)
        }
        return Self.response(answer, to: head)
    }

    private static func head(of request: Request, from address: String) -> RequestHead {
        RequestHead(
            id: UUID().uuidString.lowercased(),
            method: request.method.rawValue,
            path: request.uri.path,
            query: request.uri.query,
            authorization: request.headers[values: .authorization],
            ifNoneMatch: request.headers[.ifNoneMatch],
            contentType: request.headers[.contentType],
            address: address
        )
    }

    private static func body(of request: Request, upTo limit: Int) async throws -> [UInt8] {
        if let text = request.headers[.contentLength], let length = Int(text), length > limit {
            throw Failure.bodyTooLarge
        }
        var bytes: [UInt8] = []
        do {
            for try await buffer in request.body {
                guard bytes.count + buffer.readableBytes <= limit else { throw Failure.bodyTooLarge }
                bytes.append(contentsOf: buffer.readableBytesView)
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            // Broken framing, or a client that went away: theirs either way.
            throw Failure.malformedRequest
        }
        return bytes
    }

    private static func response(_ answer: ControlAnswer, to head: RequestHead) -> Response {
        var headers = HTTPFields()
        headers[.cacheControl] = "no-store"
        if let type = answer.contentType { headers[.contentType] = type }
        for (name, value) in answer.headers + [(name: ControlHeader.requestID, value: head.id)] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        let body = answer.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }
}

extension ControlListener {
    /// Until graceful shutdown. Heads have 32 KiB and 100 fields at most; a connection idle for 30 s is closed.
    func listen(
        host: String,
        port: Int,
        logger: Logger,
        then onListening: @escaping @Sendable (Int) async -> Void
    ) async throws {
        let application = Application(
            responder: self,
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(30),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16_384,
                        maxHeaderListSize: 32_768,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: .init(address: .hostname(host, port: port), serverName: "keyreeve"),
            onServerRunning: { channel in
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: logger
        )
        try await application.run()
    }
}
