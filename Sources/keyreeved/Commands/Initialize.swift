import ArgumentParser
import Credentials
import Cryptography
import Foundation
import Store

struct Initialize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Once: make the root key, the signing keys and a one-time operator code.",
        discussion: """
            Prints the root key's recovery form, the only way back if the key is lost, and a code that signs the first \
            operator in within half an hour. Both are shown this once. With `--root-key keyring` the key is kept in \
            the Secret Service of this session, and no file holds it.
            """
    )

    @OptionGroup var options: ServerOptions

    func run() async throws {
        ProcessHardening.disableDumps()
        do {
            try await initialize(try options.load())
        } catch {
            FileHandle.standardError.write(Data("keyreeved init: \(StartFailure.sentence(for: error))\n".utf8))
            throw ExitCode.failure
        }
    }

    private func initialize(_ settings: Settings) async throws {
        let arena = try SecretArena.make(lockPolicy: .refuse)
        let recovery = try await Bootstrap.initialize(settings, mode: .production, arena: arena)
        print("Recovery form of the root key; write it down and keep it away from this machine:\n")
        fflush(nil)
        // To the terminal and nowhere else; this is what the form is for.
        FileHandle.standardOutput.write(Data(recovery.copyOfBytes()))
        let database = Database { settings.database.conninfo(role: $0) }
        let rootKey = try await RootKeyStore(settings, arena: arena).load()
        let tokens = RefreshTokens(key: try Sealer(rootKey: rootKey, arena: arena).purposeKey("refresh-token"))
        let code = try await Bootstrap.operatorCode(database: database, tokens: tokens)
        await database.close()
        print("\n\nStart the server, then sign in as its first operator within half an hour:")
        print("  keyreeve login --server \(settings.controlURL) --operator --code -\n  \(code)")
    }
}
