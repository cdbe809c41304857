package import ControlClient
import FoundationEssentials

/// Everything a command touches besides its arguments: the one seam between decisions and the world.
///
/// Commands find theirs in `current`; tests put another in its place for the length of a call.
package struct Surroundings: Sendable {
    package var environment: [String: String]
    /// Milliseconds since 1970.
    package var milliseconds: @Sendable () -> Int64
    package var transport: any Transport
    package var vault: any Vault
    package var console: any Console
    /// The absolute path of this very program, for configuration that calls it.
    package var executable: String
    /// Our effective user id.
    package var user: UInt32
    /// Starts a browser; false where none can be started.
    package var openBrowser: @Sendable (_ url: String) -> Bool
    package var system: SystemPaths

    package init(
        environment: [String: String],
        milliseconds: @escaping @Sendable () -> Int64,
        transport: any Transport,
        vault: any Vault,
        console: any Console,
        executable: String,
        user: UInt32,
        openBrowser: @escaping @Sendable (_ url: String) -> Bool,
        system: SystemPaths
    ) {
        self.environment = environment
        self.milliseconds = milliseconds
        self.transport = transport
        self.vault = vault
        self.console = console
        self.executable = executable
        self.user = user
        self.openBrowser = openBrowser
        self.system = system
    }

    /// Whole seconds since 1970.
    package var now: Int64 { milliseconds() / 1_000 }

    func client(for server: ServerAddress) -> ControlClient {
        ControlClient(server: server, transport: transport, now: { [milliseconds] in milliseconds() / 1_000 })
    }

    /// An absolute path from the environment; a relative one is ignored, as the XDG rules want it.
    func absolutePath(_ variable: String) -> String? {
        guard let path = environment[variable], path.hasPrefix("/") else { return nil }
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    func home() throws -> String {
        guard let home = absolutePath("HOME") else {
            throw CommandFailure("HOME is not set, so there is no place to keep a session; set it and try again.")
        }
        return home
    }
}

extension Surroundings {
    /// The surroundings of the command that runs.
    @TaskLocal package static var current = Surroundings.ofThisProcess

    /// The real ones.
    private static var ofThisProcess: Surroundings {
        let environment = ProcessInfo.processInfo.environment
        return Surroundings(
            environment: environment,
            milliseconds: SystemClock.milliseconds,
            transport: NetworkTransport(userAgent: "keyreeve/" + Version.current),
            vault: SecretServiceVault(),
            console: TerminalConsole(),
            executable: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "keyreeve",
            user: CurrentUser.id,
            openBrowser: { Browser(environment: environment).open($0) },
            system: .standard
        )
    }
}
