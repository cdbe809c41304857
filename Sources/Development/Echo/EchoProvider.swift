package import Cryptography
import FoundationEssentials
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore

/// A model provider that answers with what it was asked, over SSE: Responses at `/v1/responses` and Chat Completions
/// at `/v1/chat/completions`. It lets `keyreeved dev` show the whole path without an account anywhere.
///
/// It takes one key, known to it as a digest, and answers 401 to any other, as a real provider would.
package struct EchoProvider: Sendable {
    private let keyDigest: Digest
    private static let bodyLimit = 64 << 20

    /// - Parameter keyDigest: SHA-256 of the key that callers must bring as a bearer.
    package init(keyDigest: Digest) {
        self.keyDigest = keyDigest
    }

    /// The service to run. Binds to loopback only.
    package func application(port: Int, logger: Logger) -> some ApplicationProtocol {
        let router = Router()
        router.post("v1/responses") { request, _ in
            try await answer(request) { ResponsesReply(model: $0.model, text: $0.echo).events }
        }
        router.post("v1/chat/completions") { request, _ in
            try await answer(request) { ChatReply(model: $0.model, text: $0.echo).events }
        }
        return Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil),
            logger: logger
        )
    }

    private func answer(_ request: Request, events: (EchoQuestion) -> [String]) async throws -> Response {
        guard isAuthorized(request) else {
            let refusal = ["error": ["message": "Incorrect API key provided.", "type": "invalid_request_error"]]
            return try JSONReply(object: refusal, status: .unauthorized).response()
        }
        let body = try await request.body.collect(upTo: Self.bodyLimit)
        guard let question = try? JSONDecoder().decode(EchoQuestion.self, from: Data(body.readableBytesView)) else {
            let refusal = ["error": ["message": "The body is not a request that the echo provider understands."]]
            return try JSONReply(object: refusal, status: .badRequest).response()
        }
        let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        let stream = events(question)
        let streamed = ResponseBody { writer in
            for event in stream { try await writer.write(ByteBuffer(string: event)) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: streamed)
    }

    private func isAuthorized(_ request: Request) -> Bool {
        guard let field = request.headers[.authorization], field.hasPrefix("Bearer ") else { return false }
        let digest = SHA256Hash.digest(Array(field.dropFirst(7).utf8))
        return constantTimeEqual(digest.bytes, keyDigest.bytes)
    }
}
