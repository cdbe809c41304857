import FoundationEssentials
import Logging
import NIOSSL
import Synchronization

/// The listener's certificate and key, read anew when their files change. A pair that cannot be used is logged once and
/// the old one stays in force.
final class ListenerCertificate: Sendable {
    private struct State {
        var context: NIOSSLContext
        var stamps: [Stamp]
    }

    /// What tells one version of a file from the next without reading it. Mounted secrets are links that are re-pointed,
    /// so the file behind them counts.
    private struct Stamp: Hashable {
        let path: String
        let inode: Int?
        let size: Int?
        let modified: Date?

        init(_ file: String) {
            path = URL(filePath: file).resolvingSymlinksInPath().path
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            inode = attributes?[.systemFileNumber] as? Int
            size = attributes?[.size] as? Int
            modified = attributes?[.modificationDate] as? Date
        }
    }

    private let files: ListenerTLS
    private let logger: Logger
    private let state: Mutex<State>

    /// Throws where the pair cannot be used: a listener never starts without the certificate it was promised.
    init(_ files: ListenerTLS, logger: Logger) throws {
        self.files = files
        self.logger = logger
        let stamps = Self.stamps(files)
        state = Mutex(State(context: try files.context(), stamps: stamps))
    }

    /// For the next connection.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Looks whether the files changed, and takes the new pair where it is good. Reads files: not for an event loop.
    func refresh() {
        // Before the files are read: a change while they are is seen the next time.
        let stamps = Self.stamps(files)
        let isNew = state.withLock { state in
            let isNew = state.stamps != stamps
            state.stamps = stamps
            return isNew
        }
        guard isNew else { return }
        do {
            let context = try files.context()
            state.withLock { $0.context = context }
            logger.info(
                "the listener's certificate was read anew",
                metadata: ["tls.certificate": "\(files.certificateFile)"]
            )
        } catch {
            logger.error(
                "the listener's new certificate cannot be used, the old one stays: write a certificate and the key it belongs to",
                metadata: ["tls.certificate": "\(files.certificateFile)", "error": "\(error)"]
            )
        }
    }

    /// Refreshes until it is cancelled.
    func watch(every interval: Duration) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            refresh()
        }
    }

    private static func stamps(_ files: ListenerTLS) -> [Stamp] {
        [files.certificateFile, files.keyFile, files.clientCAFile].compactMap { $0.map(Stamp.init) }
    }
}
