import Cryptography
import Model
import PolicyDocuments
import TOMLKit

/// `/etc/keyreeve/trust.toml`: whose configuration root installs on this machine. There is no trust on first use.
///
/// ```toml
/// deployment = "0b54…"            # ids as `keyreeve trust show` prints them
/// organization = "9c1e…"
/// audience = "user:7d0f…"         # or "service_account:…"
/// keys = ["3Xq…"]                 # public keys, base64url; two while one is replaced
/// ```
struct TrustFile: Hashable, Sendable {
    let deployment: DeploymentID
    let organization: OrganizationID
    let audience: BundleAudience
    let keys: [Ed25519PublicKey]

    private static let known: Set<String> = ["deployment", "organization", "audience", "keys"]

    /// - Throws: One sentence that names the key that is wrong.
    init(_ text: String) throws(CommandFailure) {
        guard let table = try? TOMLTable(string: text) else { throw Self.problem("is not valid TOML") }
        if let unknown = table.keys.first(where: { !Self.known.contains($0) }) {
            throw Self.problem("has a key that is not known: \(unknown)")
        }
        guard let deployment = table["deployment"]?.string.flatMap({ DeploymentID($0) }) else {
            throw Self.problem("needs `deployment`, an id")
        }
        guard let organization = table["organization"]?.string.flatMap({ OrganizationID($0) }) else {
            throw Self.problem("needs `organization`, an id")
        }
        guard let audience = table["audience"]?.string.flatMap(Self.audience) else {
            throw Self.problem("needs `audience`, as in \"user:ID\" or \"service_account:ID\"")
        }
        var keys: [Ed25519PublicKey] = []
        for value in table["keys"]?.array?.map({ $0 }) ?? [] {
            guard
                let key = value.string.flatMap({ Base64URL.decode($0) }).flatMap({
                    Ed25519PublicKey(rawRepresentation: $0)
                })
            else { throw Self.problem("has something in `keys` that is no public key") }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw Self.problem("needs `keys`, a list of public keys") }
        self.deployment = deployment
        self.organization = organization
        self.audience = audience
        self.keys = keys
    }

    /// The file for an account, to be put in place by root.
    static func text(
        deployment: DeploymentID,
        organization: OrganizationID,
        audience: BundleAudience,
        publicKey: String
    ) -> String {
        """
        deployment = "\(deployment)"
        organization = "\(organization)"
        audience = "\(audience.text)"
        keys = ["\(publicKey)"]

        """
    }

    private static func audience(_ text: String) -> BundleAudience? {
        if text.hasPrefix("user:") { return UserID(String(text.dropFirst(5))).map { .user($0) } }
        guard text.hasPrefix("service_account:") else { return nil }
        return ServiceAccountID(String(text.dropFirst(16))).map { .serviceAccount($0) }
    }

    private static func problem(_ what: String) -> CommandFailure {
        CommandFailure("/etc/keyreeve/trust.toml \(what); see `keyreeve config install --help`.")
    }
}
