import ControlAPI
import ControlClient
import Cryptography
import Model
import PolicyDocuments

/// The last bundle that was verified, kept to ask for changes only and to show what is in force while offline.
struct CachedConfiguration: Codable, Hashable, Sendable {
    var answer: ConfigurationAnswer
    var etag: String?
    /// The newest order that was seen; nothing older is taken again.
    var order: BundleOrder
}

/// Fetches and verifies a person's bundle.
struct ConfigurationFetch: Sendable {
    let account: OpenAccount
    let form: BundleForm

    /// The bundle in force, by the server's fresh word.
    func run() async throws -> (bundle: ConfigurationBundle, answer: ConfigurationAnswer) {
        let cached = usableCache()
        let bearer = try await account.assertion()
        let profile = try account.folder.activeProfile()
        let reply = try await ask(cached?.etag, profile, bearer)
        if case .unchanged(let freshness) = reply, let cached, let freshness {
            let answer = ConfigurationAnswer(bundle: cached.answer.bundle, freshness: freshness)
            // Other changes raise the order while this bundle stays the same: its own counts here.
            if let bundle = try? judge(answer, installed: nil) {
                try keep(CachedConfiguration(answer: answer, etag: cached.etag, order: cached.order))
                return (bundle, answer)
            }
        }
        // Also when what we hold no longer fits the server's word: a whole bundle decides.
        var fresh = reply
        if case .unchanged = reply { fresh = try await ask(nil, profile, bearer) }
        guard case .bundle(let answer, let etag) = fresh else {
            throw CommandFailure("The server did not send the configuration. Try again in a moment.")
        }
        let bundle = try judge(answer, installed: cached?.order)
        let order = max(cached?.order ?? bundle.order, bundle.order)
        try keep(CachedConfiguration(answer: answer, etag: etag, order: order))
        return (bundle, answer)
    }

    /// The last bundle of this machine, however old; nil if there is none that can be used.
    func offline() throws -> ConfigurationBundle? {
        try usableCache().map { try judge($0.answer, installed: nil, now: 0) }
    }

    private func ask(_ etag: String?, _ profile: ProfileName?, _ bearer: String) async throws -> ConfigurationReply {
        let form: ConfigurationForm = form == .user ? .user : .enforced
        return try await account.client.configuration(form, profile: profile, ifNoneMatch: etag, bearer: bearer)
    }

    private func judge(
        _ answer: ConfigurationAnswer,
        installed: BundleOrder?,
        now: Int64? = nil
    ) throws -> ConfigurationBundle {
        guard let organization = account.account.organization,
            let key = KeyPin.publicKey(account.record.configurationKey)
        else { throw CommandFailure("An operator has no configuration; sign in to an organization.") }
        let expectation = BundleExpectation(
            keys: [key],
            deployment: account.record.deployment,
            organization: organization.id,
            audience: .user(account.account.user.id),
            form: form,
            installed: installed
        )
        return try BundleJudge.judge(answer, by: expectation, now: now ?? account.surroundings.now)
    }

    private var cacheName: String { form == .user ? "bundle.json" : "bundle-enforced.json" }

    /// A cache that is damaged, or from before the trusted key was replaced, is as good as none.
    private func usableCache() -> CachedConfiguration? {
        let cached: CachedConfiguration? = try? account.folder.folder.readJSON(cacheName)
        return cached.flatMap { (try? judge($0.answer, installed: nil, now: 0)) == nil ? nil : $0 }
    }

    private func keep(_ cached: CachedConfiguration) throws {
        try account.folder.folder.writeJSON(cached, to: cacheName)
    }
}
