import Foundation
import NIOSSL
import Subprocess
import Testing

/// A self-signed certificate for one name, made by the `openssl` command and gone with its directory.
final class TestCertificate: Sendable {
    let certificateFile: String
    private let directory: String
    private let keyFile: String

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

    func serverContext() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
            )
        )
    }
}
