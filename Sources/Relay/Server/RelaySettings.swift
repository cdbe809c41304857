package import Policy

/// Start-up settings of the relay. Durations are of real time; sizes are bytes.
package struct RelaySettings: Sendable {
    package var host: String
    /// 0 lets the system choose.
    package var port: Int

    package var maximumHeadBytes = 32 << 10
    package var maximumHeaderFields = 100
    package var maximumBodyBytes = 64 << 20
    /// All bodies held at one time.
    package var maximumHeldBytes = 1 << 30
    /// All client connections at one time; further ones are closed.
    package var maximumConnections = 30_000

    /// Client connections of one address (of IPv6, one /64) at one time; nil sets no bound. Trusted proxies have none.
    package var maximumConnectionsPerAddress: Int? = 1_000
    /// Streams that one HTTP/2 connection may have open.
    package var maximumStreams = 100

    /// PROXY header and TLS handshake together.
    package var handshakeTimeout: Duration = .seconds(10)
    package var headTimeout: Duration = .seconds(10)
    /// Between two pieces of a request's body.
    package var bodyIdleTimeout: Duration = .seconds(30)
    /// A whole request's body.
    package var bodyTimeout: Duration = .seconds(300)
    /// Bytes a second that a request's body must keep up, after a first pause of `bodyIdleTimeout`.
    package var minimumBodyRate = 1 << 10
    package var keepAliveTimeout: Duration = .seconds(75)
    /// How long a client that was refused may go on sending before it is cut off.
    package var lingerTimeout: Duration = .seconds(3)

    /// Resolution, connection and TLS handshake together.
    package var connectTimeout: Duration = .seconds(5)
    package var firstByteTimeout: Duration = .seconds(120)
    /// All of an exchange with a provider, retries and streaming included.
    package var totalTimeout: Duration = .seconds(3_600)
    package var upstreamIdleTimeout: Duration = .seconds(55)
    /// How long a connection is used again and again before a new one looks the name up anew.
    package var upstreamMaximumAge: Duration = .seconds(300)
    /// Idle upstream connections kept for one provider definition, per event loop.
    package var idleUpstreamsPerProvider = 64

    /// Where providers may be.
    package var egress = EgressRules.strict
    /// PEM files of the private CA bundles that policy refers to, by id.
    package var certificateBundles: [String: String] = [:]
    /// Values for `env_http_headers`, by variable: only those that the operator lets documents name, read at start.
    package var environment: [String: String] = [:]
    /// The way out where there is no other; nil to connect directly.
    package var proxy: OutboundProxy?
    /// Silence of an event stream after which its client is sent a comment, for intermediaries that end idle
    /// connections; nil sends none.
    package var streamKeepAlive: Duration?

    /// Nil for a listener without TLS.
    package var listenerTLS: ListenerTLS?
    /// How often the listener's certificate files are looked at.
    package var certificateCheckInterval: Duration = .seconds(5)

    /// Whose forwarding headers count, and who may send a PROXY header.
    package var trustedProxies: [AddressBlock] = []
    /// Trusted proxies must begin every connection with a PROXY header of version 2.
    package var requiresProxyHeader = false

    /// How long running exchanges may take when the server shuts down.
    package var drainTimeout: Duration = .seconds(30)
    /// How exactly deadlines are kept.
    package var timerResolution: Duration = .milliseconds(250)

    package init(host: String = "127.0.0.1", port: Int = 7401) {
        self.host = host
        self.port = port
    }
}
