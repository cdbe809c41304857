/// Where the control API listens, and what it says about the rest of the deployment.
package struct ControlSettings: Sendable {
    package var host: String
    /// 0 lets the system choose; `ControlServer`'s `onListening` says what it chose.
    package var port: Int
    /// Where developers' machines reach this API, without a trailing slash.
    package var controlURL: String
    /// Where developers' machines reach the relay, without a trailing slash.
    package var relayURL: String
    package var version: String
    /// Lets an issuer stand on this machine and speak plain http. For development only.
    package var allowsLoopbackIssuers: Bool

    package init(
        host: String,
        port: Int,
        controlURL: String,
        relayURL: String,
        version: String,
        allowsLoopbackIssuers: Bool
    ) {
        self.host = host
        self.port = port
        self.controlURL = controlURL
        self.relayURL = relayURL
        self.version = version
        self.allowsLoopbackIssuers = allowsLoopbackIssuers
    }
}
