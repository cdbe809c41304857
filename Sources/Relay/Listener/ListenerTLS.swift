import NIOSSL

/// What a listener with TLS needs: PEM files.
package struct ListenerTLS: Hashable, Sendable {
    /// The certificate first, then those that lead to its authority.
    package var certificateFile: String
    package var keyFile: String
    /// Authorities of client certificates; nil asks for none.
    package var clientCAFile: String?
    /// Whether a client without a certificate is turned away. A certificate that is shown must be good in any case.
    package var requiresClientCertificate: Bool

    package init(
        certificateFile: String,
        keyFile: String,
        clientCAFile: String? = nil,
        requiresClientCertificate: Bool = false
    ) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clientCAFile = clientCAFile
        self.requiresClientCertificate = requiresClientCertificate
    }

    /// Throws where the files cannot be read or do not belong together.
    package func check() throws {
        _ = try context()
    }

    /// Towards clients: TLS 1.2 or newer, HTTP/2 where the client speaks it. Throws where a file cannot be read, and
    /// where the key is not the certificate's.
    func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if let file = clientCAFile {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
            configuration.certificateVerification =
                requiresClientCertificate ? .noHostnameVerification : .optionalVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
