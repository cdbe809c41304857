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

    package var headTimeout: Duration = .seconds(10)
    package var bodyIdleTimeout: Duration = .seconds(30)
    package var keepAliveTimeout: Duration = .seconds(75)
    /// How long a client that was refused may go on sending before it is cut off.
    package var lingerTimeout: Duration = .seconds(3)

    /// Resolution, connection and TLS handshake together.
    package var connectTimeout: Duration = .seconds(5)
    package var firstByteTimeout: Duration = .seconds(120)
    package var upstreamIdleTimeout: Duration = .seconds(55)
    /// Idle upstream connections kept for one provider definition, per event loop.
    package var idleUpstreamsPerProvider = 64

    /// Development only: providers on this machine may be reached.
    package var allowLoopbackUpstreams = false
    /// A PEM file with further certificate authorities for providers.
    package var upstreamTrustRootsFile: String?

    /// PEM files; both nil for a listener without TLS.
    package var certificateChainFile: String?
    package var privateKeyFile: String?

    /// How long running exchanges may take when the server shuts down.
    package var drainTimeout: Duration = .seconds(30)
    /// How exactly deadlines are kept.
    package var timerResolution: Duration = .milliseconds(250)

    package init(host: String = "127.0.0.1", port: Int = 7401) {
        self.host = host
        self.port = port
    }
}
