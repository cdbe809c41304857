import ControlClient
import FoundationEssentials
import Model

@testable import Commands

/// A person's machine: a home, a keyring or none, and a server that it reaches.
struct Machine: Sendable {
    let home: TemporaryFolder
    let server: FakeServer
    let vault: FakeVault
    let console: FakeConsole

    init(vault: FakeVault.Mood = .absent, console: FakeConsole = FakeConsole()) throws {
        home = try TemporaryFolder()
        server = try FakeServer()
        self.vault = FakeVault(vault)
        self.console = console
    }

    private init(home: TemporaryFolder, server: FakeServer, vault: FakeVault, console: FakeConsole) {
        self.home = home
        self.server = server
        self.vault = vault
        self.console = console
    }

    /// The same machine with somebody else, or nobody, at the terminal.
    func with(_ console: FakeConsole) -> Machine { Machine(home: home, server: server, vault: vault, console: console) }

    var surroundings: Surroundings {
        Surroundings(
            environment: ["HOME": home.path],
            milliseconds: { [server] in server.now * 1_000 },
            transport: server,
            vault: vault,
            console: console,
            executable: "/usr/bin/keyreeve",
            user: CurrentUser.id,
            openBrowser: { _ in false },
            system: SystemPaths(
                codexFolder: home.path + "/etc/codex",
                keyreeveFolder: home.path + "/etc/keyreeve",
                owner: CurrentUser.id
            )
        )
    }

    /// Runs one command line on this machine, to its exit code.
    func run(_ arguments: String...) async -> Int32 {
        await Surroundings.$current.withValue(surroundings) { await CommandLineRun.exitCode(arguments) }
    }

    /// Signs in by code.
    func signIn() async -> Int32 {
        await run("login", "--server", FakeServer.address, "--code", "one-time")
    }

    /// Runs one command line with a console of its own and gives what it wrote.
    func output(_ arguments: String...) async -> (code: Int32, output: String, errors: String) {
        let machine = with(FakeConsole())
        let code = await Surroundings.$current.withValue(machine.surroundings) {
            await CommandLineRun.exitCode(arguments)
        }
        return (code, machine.console.output, machine.console.errors)
    }
}
