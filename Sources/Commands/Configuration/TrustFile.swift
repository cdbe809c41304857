import Cryptography
import Model
import PolicyDocuments

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
        let entries: [PlainTOML.Entry]
        do throws(PlainTOMLError) {
            entries = try PlainTOML(text, name: "/etc/keyreeve/trust.toml").entries
        } catch {
            throw CommandFailure("\(error); see `keyreeve config install --help`.")
        }
        var values: [String: PlainTOML.Value] = [:]
        for entry in entries {
            let name = entry.path.joined(separator: ".")
            guard Self.known.contains(name) else { throw Self.problem("has a key that is not known: \(name)") }
            values[name] = entry.value
        }
        guard case .text(let id)? = values["deployment"], let deployment = DeploymentID(id) else {
            throw Self.problem("needs `deployment`, an id")
        }
        guard case .text(let id)? = values["organization"], let organization = OrganizationID(id) else {
            throw Self.problem("needs `organization`, an id")
        }
        guard case .text(let name)? = values["audience"], let audience = Self.audience(name) else {
            throw Self.problem("needs `audience`, as in \"user:ID\" or \"service_account:ID\"")
        }
        guard case .texts(let texts)? = values["keys"] else {
            throw Self.problem("needs `keys`, a list of public keys")
        }
        var keys: [Ed25519PublicKey] = []
        for text in texts {
            guard let key = Base64URL.decode(text).flatMap({ Ed25519PublicKey(rawRepresentation: $0) }) else {
                throw Self.problem("has something in `keys` that is no public key")
            }
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
