import ControlClient
import Model
import PolicyDocuments

/// What was written into one Codex home, by which account.
struct SyncRecord: Codable, Hashable, Sendable {
    var server: String
    var organization: OrganizationName?
    var profile: ProfileName
    var order: BundleOrder
    var files: [String]
}

/// Keeps a Codex home in step with a bundle, and takes everything out again.
struct ConfigurationSync: Sendable {
    let surroundings: Surroundings
    let root: StateRoot

    struct Outcome: Sendable {
        let home: CodexHome
        let profile: ProfileName
        let plan: SyncPlan
        let order: BundleOrder
    }

    /// - Parameter isDry: Whether to look only.
    func write(_ bundle: ConfigurationBundle, of account: OpenAccount, isDry: Bool = false) async throws -> Outcome {
        try await withLock {
            let home = try CodexHome(surroundings)
            let profile = try Self.activeProfile(in: bundle.content, chosen: try account.folder.activeProfile())
            let rendered = try render(bundle.content, profile, for: account.server.address)
            let before = try records()[home.path]
            let names = Set(rendered.keys).union(before?.files ?? [])
            let plan = try SyncPlan(
                rendered: rendered,
                existing: try home.texts(of: names),
                managedBefore: before?.files ?? []
            )
            if !isDry {
                let record = SyncRecord(
                    server: account.server.address.description,
                    organization: account.folder.organization,
                    profile: profile,
                    order: bundle.order,
                    files: plan.managed
                )
                // First the record, and with both names: after a crash in between, `unsync` still finds everything.
                var pending = record
                pending.files = names.sorted()
                try save(pending, for: home)
                try home.perform(plan)
                try save(record, for: home)
            }
            return Outcome(home: home, profile: profile, plan: plan, order: bundle.order)
        }
    }

    /// Takes our blocks out of every file that has them.
    func unsync() async throws -> (home: CodexHome, plan: SyncPlan) {
        try await withLock {
            let home = try CodexHome(surroundings)
            // Without a record the usual file is looked at all the same.
            let files = Set(try records()[home.path]?.files ?? []).union(["config.toml"]).sorted()
            let plan = try SyncPlan(rendered: [:], existing: try home.texts(of: files), managedBefore: files)
            try home.perform(plan)
            try save(nil, for: home)
            return (home, plan)
        }
    }

    /// What was written into the person's Codex home; nil if nothing was.
    func record() throws -> SyncRecord? { try records()[try CodexHome(surroundings).path] }

    /// The chosen profile while it is open to the person, else the first that is.
    static func activeProfile(
        in content: ClientConfiguration,
        chosen: ProfileName?
    ) throws(CommandFailure) -> ProfileName {
        if let chosen, content.profile(chosen) != nil { return chosen }
        guard let first = content.profiles.first else {
            throw CommandFailure("No profile is open to you yet; ask your admin.")
        }
        return first.name
    }

    func render(
        _ content: ClientConfiguration,
        _ profile: ProfileName,
        for address: ServerAddress
    ) throws(CommandFailure) -> [String: RenderedFile] {
        var content = content
        // The token command must find the session of this sign-in, which is kept under the address that was typed.
        content.server = address.description
        do throws(RenderingProblem) {
            return try CodexUserConfiguration.render(content, active: profile, command: surroundings.executable)
        } catch {
            throw CommandFailure(error.message)
        }
    }

    // MARK: Records

    private static let name = "synced.json"

    private func records() throws -> [String: SyncRecord] { try root.folder.readJSON(Self.name) ?? [:] }

    private func save(_ record: SyncRecord?, for home: CodexHome) throws {
        var all = try records()
        all[home.path] = record
        try root.folder.writeJSON(all, to: Self.name)
    }

    private func withLock<Result>(_ body: () throws -> Result) async throws -> Result {
        let lock = try root.folder.lock("lock")
        guard try await lock.take(until: .now.advanced(by: .seconds(5))) else {
            throw CommandFailure("Another keyreeve is writing the configuration. Try again in a moment.")
        }
        defer { lock.giveBack() }
        return try body()
    }
}
