import ControlAPI
import ControlClient
import Model

/// Where a session's secrets are kept.
enum SessionPlace: String, Codable, Hashable, Sendable {
    case keyring
    /// `session.json` beside this record.
    case file
    /// A file in `$XDG_RUNTIME_DIR`, which is memory and ends with the login.
    case memory
}

/// Who is signed in; nothing in it is secret.
struct Account: Codable, Hashable, Sendable {
    var organization: OrganizationReference?
    var user: SessionUser
    var session: SessionID
    var place: SessionPlace
    /// Whole seconds since 1970 by our clock.
    var signedInAt: Int64
    var endsAt: Int64
}

/// A failure of `keyreeve token` and when it happened: asked again at once, the answer would be the same.
struct RememberedFailure: Codable, Hashable, Sendable {
    static let lifetime: Int64 = 2_000

    /// Milliseconds since 1970.
    var at: Int64
    /// The profile that was asked for.
    var profile: String
    var sentence: String

    func counts(for profile: String, at now: Int64) -> Bool {
        self.profile == profile && at <= now && now.subtractingReportingOverflow(at).partialValue < Self.lifetime
    }
}

/// The folder of one account at one server.
///
/// ```
/// account.json   who; where the session is
/// session.json   the session itself, only where `place` is `file` (0600)
/// lock           held by whoever changes the session
/// profile.json   the profile that `active` stands for
/// failure.json   the last failure of `keyreeve token`
/// config.json    what was synced, and its order
/// bundle.json    the last verified bundle
/// ```
struct AccountFolder: Sendable {
    let folder: Folder
    let address: ServerAddress
    let organization: OrganizationName?

    func account() throws -> Account? { try folder.readJSON("account.json") }

    func save(_ account: Account) throws { try folder.writeJSON(account, to: "account.json", isDurable: true) }

    func forgetAccount() throws {
        try folder.remove("account.json")
        try folder.remove("failure.json")
    }

    func lock() throws -> FileLock { try folder.lock("lock") }

    func activeProfile() throws -> ProfileName? {
        let choice: ProfileChoice? = try folder.readJSON("profile.json")
        return choice?.active
    }

    func activate(_ profile: ProfileName?) throws {
        guard let profile else { return try folder.remove("profile.json") }
        try folder.writeJSON(ProfileChoice(active: profile), to: "profile.json")
    }

    /// A damaged memory of a failure is no reason to fail.
    func rememberedFailure() -> RememberedFailure? { try? folder.readJSON("failure.json") }

    func remember(_ failure: RememberedFailure) { try? folder.writeJSON(failure, to: "failure.json") }

    var vaultName: VaultName {
        VaultName(server: address.description, organization: organization?.text ?? "")
    }

    private struct ProfileChoice: Codable {
        var active: ProfileName
    }
}
