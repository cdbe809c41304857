package import ControlAPI
import FoundationEssentials
package import Model

/// What `/v1/config` said.
package enum ConfigurationReply: Hashable, Sendable {
    /// A bundle, and the ETag under which to ask for changes.
    case bundle(ConfigurationAnswer, etag: String?)
    /// The bundle under the ETag is still the one; the server's signed word for it.
    case unchanged(freshness: SignedDocument?)
}

extension ControlClient {
    package func configuration(
        _ form: ConfigurationForm,
        profile: ProfileName?,
        ifNoneMatch: String?,
        bearer: String
    ) async throws(ClientError) -> ConfigurationReply {
        let reply = try await send(
            .get,
            ControlPath.configuration,
            query: [("form", form.rawValue), ("profile", profile?.description)],
            bearer: bearer,
            ifNoneMatch: ifNoneMatch
        )
        if reply.status == 304 {
            let header = reply.headers[ControlHeader.freshness.lowercased()]
            return .unchanged(freshness: header.flatMap { SignedDocument(compact: $0) })
        }
        guard let answer = try? JSONDecoder().decode(ConfigurationAnswer.self, from: Data(reply.body)) else {
            throw .malformed("The server's configuration cannot be read; it may be another version.")
        }
        return .bundle(answer, etag: reply.headers["etag"])
    }
}
