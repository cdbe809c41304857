import ArgumentParser

/// The server's command line. Each verb reads its settings, then hands over to `Composition`.
@main
struct Keyreeved: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyreeved",
        abstract: "The Keyreeve server: relay and control API.",
        discussion: """
            Settings come from flags, then KEYREEVE_<SECTION>__<KEY> variables, then keyreeved.toml, then defaults. \
            A new production deployment runs `migrate`, then `init`, then `serve`; `dev` needs neither.
            """,
        version: version,
        subcommands: [Serve.self, Initialize.self, Migrate.self, Dev.self]
    )

    static let version = "0.1.0"
}
