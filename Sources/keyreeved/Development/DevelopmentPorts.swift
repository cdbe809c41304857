import Foundation
import NIOCore
import NIOPosix

/// Four ports in a row: control, relay, echo provider, issuer.
struct DevelopmentPorts: Sendable {
    let control: Int
    var relay: Int { control + 1 }
    var echo: Int { control + 2 }
    var issuer: Int { control + 3 }

    static let usual = 7400

    init(control: Int) throws {
        guard (1...65_532).contains(control) else {
            throw DevelopmentError("--port takes a number from 1 to 65532: four ports in a row are used")
        }
        self.control = control
    }

    /// Says which port is taken before anything is started, rather than failing half-way.
    func refuseTaken() async throws {
        for (purpose, port) in [("control", control), ("relay", relay), ("echo provider", echo), ("sign-in", issuer)] {
            do {
                let probe = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: "127.0.0.1", port: port).get()
                try await probe.close()
            } catch {
                throw DevelopmentError(
                    "port \(port) (\(purpose)) is in use: stop what listens there (ss -ltnp 'sport = :\(port)'), "
                        + "perhaps another deploy/up, or choose four other ports with --port"
                )
            }
        }
    }
}
