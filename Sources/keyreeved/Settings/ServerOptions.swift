import ArgumentParser
import FoundationEssentials

/// The flags that `serve`, `init` and `migrate` share.
struct ServerOptions: ParsableArguments {
    @Option(help: "The settings file; default /etc/keyreeve/keyreeved.toml where it exists.")
    var settings: String?

    @Option(help: "libpq connection string of the database, without a user.")
    var databaseURL: String?

    @Option(help: "Directory of the journal and the root key.")
    var data: String?

    @Option(help: "Where the root key is kept: file or keyring.")
    var rootKey: String?

    @Option(help: "Directory of the migrations.")
    var migrations: String?

    func load() throws -> Settings {
        var flags: [SettingName: String] = [:]
        flags[.databaseURL] = databaseURL
        flags[.dataDirectory] = data
        flags[.rootKeyPlace] = rootKey
        flags[.migrationsDirectory] = migrations
        let usual = "/etc/keyreeve/keyreeved.toml"
        let file = settings ?? (FileManager.default.fileExists(atPath: usual) ? usual : nil)
        return try SettingsLoader.load(flags: flags, environment: ProcessInfo.processInfo.environment, file: file)
    }
}
