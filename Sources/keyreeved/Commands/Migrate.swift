import ArgumentParser
import Store

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to this program's schema.",
        discussion: """
            Uses database.migrate_url (or database.url) as role keyreeve_migrate. A superuser runs deploy/roles.sql and \
            creates the database before the first time.
            """
    )

    @OptionGroup var options: ServerOptions

    @Flag(help: "Change nothing; fail unless the schema is exactly this program's.")
    var check = false

    func run() async throws {
        let settings = try options.load()
        if check {
            try await Bootstrap.checkSchema(settings)
            return print("The schema is up to date.")
        }
        let applied = try await Bootstrap.migrate(settings)
        print(applied.isEmpty ? "The schema is up to date." : "Applied: " + applied.joined(separator: ", "))
    }
}
