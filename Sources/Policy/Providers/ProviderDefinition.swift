package import Cryptography
package import Model

/// A `[model_providers.<id>]` table, read and checked: Codex's own keys, and how Keyreeve brokers it.
package struct ProviderDefinition: Hashable, Sendable {
    package let id: ProviderID
    /// The display name; never exactly `OpenAI`, which changes Codex's behaviour.
    package let name: String
    package let endpoint: UpstreamEndpoint
    package let wireAPI: WireAPI
    /// In the order they are appended to a request.
    package let queryParams: [NamedValue]
    package let httpHeaders: [NamedValue]
    /// Header name → environment variable: of the client with direct access, of the server, and only ones that its
    /// operator names, with relay access.
    package let envHTTPHeaders: [NamedValue]
    package let envKey: String?
    package let envKeyInstructions: String?
    package let requestMaxRetries: Int
    package let streamMaxRetries: Int
    /// Milliseconds between two events of a stream.
    package let streamIdleTimeoutMS: Int
    package let requiresOpenAIAuth: Bool
    package let supportsWebsockets: Bool
    package let broker: BrokerSettings
    /// Over everything that decides where and how a request goes: the second half of an upstream pool's key.
    package let digest: Digest

    package static let defaultRequestMaxRetries = 4
    package static let defaultStreamMaxRetries = 5
    package static let defaultStreamIdleTimeoutMS = 300_000

    package init(
        id: ProviderID,
        name: String,
        endpoint: UpstreamEndpoint,
        wireAPI: WireAPI = .responses,
        queryParams: [NamedValue] = [],
        httpHeaders: [NamedValue] = [],
        envHTTPHeaders: [NamedValue] = [],
        envKey: String? = nil,
        envKeyInstructions: String? = nil,
        requestMaxRetries: Int = Self.defaultRequestMaxRetries,
        streamMaxRetries: Int = Self.defaultStreamMaxRetries,
        streamIdleTimeoutMS: Int = Self.defaultStreamIdleTimeoutMS,
        requiresOpenAIAuth: Bool = false,
        supportsWebsockets: Bool = false,
        broker: BrokerSettings
    ) {
        self.id = id
        self.name = name
        self.endpoint = endpoint
        self.wireAPI = wireAPI
        self.queryParams = queryParams
        self.httpHeaders = httpHeaders
        self.envHTTPHeaders = envHTTPHeaders
        self.envKey = envKey
        self.envKeyInstructions = envKeyInstructions
        self.requestMaxRetries = requestMaxRetries
        self.streamMaxRetries = streamMaxRetries
        self.streamIdleTimeoutMS = streamIdleTimeoutMS
        self.requiresOpenAIAuth = requiresOpenAIAuth
        self.supportsWebsockets = supportsWebsockets
        self.broker = broker

        var writer = CanonicalWriter()
        writer.add(id.text)
        writer.add(endpoint.url)
        writer.add(wireAPI.rawValue)
        writer.add(queryParams)
        writer.add(httpHeaders)
        writer.add(envHTTPHeaders)
        writer.add(requestMaxRetries)
        writer.add(streamIdleTimeoutMS)
        writer.add(broker.access.rawValue)
        writer.add(broker.credential?.text)
        writer.add(broker.placement.rawValue)
        writer.add(broker.forwardClientMetadata.map { String($0) })
        writer.add(broker.certificateBundle)
        digest = writer.digest
    }
}

extension ProviderDefinition {
    /// `base_url` in one spelling, without a trailing slash.
    package var baseURL: String { endpoint.url }

    /// Path and query of an upstream request, query values percent-encoded; Codex appends them as they are, where an
    /// `&` in a value would make two parameters.
    package func requestTarget(for operation: Operation) -> String {
        let path = endpoint.basePath + operation.path
        guard !queryParams.isEmpty else { return path }
        let query = queryParams.map { Self.percentEncoded($0.name) + "=" + Self.percentEncoded($0.value) }
        return path + "?" + query.joined(separator: "&")
    }

    /// Whether `x-codex-*`, session and thread ids go upstream: as the document says, else only to OpenAI's hosts.
    package var forwardsClientMetadata: Bool { broker.forwardClientMetadata ?? isOpenAIHost }

    /// `api.openai.com`, its regional hosts and nothing that merely ends alike.
    package var isOpenAIHost: Bool {
        endpoint.scheme == .https
            && (endpoint.host == "api.openai.com" || endpoint.host.hasSuffix(".api.openai.com"))
    }

    private static func percentEncoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                bytes.append(contentsOf: "%\(byte < 16 ? "0" : "")\(hex)".utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
