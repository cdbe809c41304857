import NIOSSL

/// TLS of the relay's listener, made once at start.
enum TLSContexts {
    /// Towards clients; nil where TLS ends in front of us, or nowhere on loopback.
    static func listener(_ settings: RelaySettings) throws -> NIOSSLContext? {
        guard let chain = settings.certificateChainFile, let key = settings.privateKeyFile else { return nil }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(chain).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
