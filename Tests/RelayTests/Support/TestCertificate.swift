import Foundation
import NIOSSL
import Subprocess
import Testing

@testable import Relay

/// A self-signed certificate for one name, made by the `openssl` command and gone with its directory.
final class TestCertificate: Sendable {
    let certificateFile: String
    private let directory: String
    let keyFile: String

    init(name: String) async throws {
        directory = FileManager.default.temporaryDirectory.path + "/keyreeve-certificate-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        certificateFile = directory + "/certificate.pem"
        keyFile = directory + "/key.pem"
        // Not Foundation's Process, which crashes now and then beside tests that open many sockets.
        let openSSL = try await Subprocess.run(
            .name("openssl"),
            arguments: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-keyout", keyFile, "-out",
                certificateFile,
            ],
            output: .discarded,
            error: .discarded
        )
        #expect(openSSL.terminationStatus.isSuccess)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Of a relay's listener.
    var listener: ListenerTLS { ListenerTLS(certificateFile: certificateFile, keyFile: keyFile) }

    /// Of a client that trusts only this certificate.
    func clientContext(
        protocols: [String] = [],
        showing own: TestCertificate? = nil,
        atMost version: TLSVersion? = nil
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(certificateFile)
        configuration.applicationProtocols = protocols
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = version
        if let own {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(own.certificateFile).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: own.keyFile, format: .pem))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Puts another certificate in the place of this one's, and its key where asked to.
    func replace(with other: TestCertificate, key: Bool = true) throws {
        for (old, new) in [(certificateFile, other.certificateFile), (keyFile, other.keyFile)].prefix(key ? 2 : 1) {
            try Data(contentsOf: URL(filePath: new)).write(to: URL(filePath: old), options: .atomic)
        }
    }

    func serverContext() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
            )
        )
    }
}
