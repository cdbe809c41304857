import NIOSSL

/// TLS towards providers, names checked, TLS 1.2 or newer: one context for the public authorities and one for each CA
/// bundle that the operator registered, all made at start.
struct UpstreamTLS: Sendable {
    private let standard: NIOSSLContext
    private let bundles: [String: NIOSSLContext]

    /// - Parameter bundles: PEM files by id. Throws `UnusableBundle` for one without a certificate.
    init(bundles files: [String: String]) throws {
        standard = try Self.context(.default)
        var bundles: [String: NIOSSLContext] = [:]
        for (id, file) in files {
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
                throw UnusableBundle(id: id, file: file)
            }
            bundles[id] = try Self.context(.certificates(certificates))
        }
        self.bundles = bundles
    }

    /// The context for a bundle's id, or for the public authorities; nil where no such bundle is registered.
    func context(bundle: String?) -> NIOSSLContext? {
        guard let bundle else { return standard }
        return bundles[bundle]
    }

    private static func context(_ roots: NIOSSLTrustRoots) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.trustRoots = roots
        return try NIOSSLContext(configuration: configuration)
    }

    struct UnusableBundle: Error, CustomStringConvertible {
        let id: String
        let file: String

        var description: String {
            "egress.ca_bundles: \(file) of the bundle \(id) cannot be read; give a PEM file with at least one certificate"
        }
    }
}
