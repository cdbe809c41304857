package import Cryptography
package import Model

/// A human of an organization, as far as decisions need to know them.
package struct Member: Hashable, Sendable {
    package let groups: Set<GroupName>
    package let roles: Set<Role>
    /// False after deprovisioning: everything is refused.
    package let active: Bool

    package init(groups: Set<GroupName>, roles: Set<Role>, active: Bool) {
        self.groups = groups
        self.roles = roles
        self.active = active
    }
}

/// A non-human principal of an organization.
package struct ServiceAccount: Hashable, Sendable {
    package let name: ServiceAccountName
    package let roles: Set<Role>
    /// The profiles it may use; nil means those that are open to every member.
    package let profiles: Set<ProfileName>?
    package let active: Bool

    package init(name: ServiceAccountName, roles: Set<Role>, profiles: Set<ProfileName>?, active: Bool = true) {
        self.name = name
        self.roles = roles
        self.profiles = profiles
        self.active = active
    }
}

/// What an api token is checked against; the token itself is kept nowhere.
package struct APITokenVerifier: Hashable, Sendable {
    package let account: ServiceAccountID
    /// HMAC of the token's secret.
    package let verifier: Digest
    /// Seconds since 1970; mandatory.
    package let expiresAt: Int64
    package let scopes: Set<String>
    package let revoked: Bool

    package init(account: ServiceAccountID, verifier: Digest, expiresAt: Int64, scopes: Set<String>, revoked: Bool) {
        self.account = account
        self.verifier = verifier
        self.expiresAt = expiresAt
        self.scopes = scopes
        self.revoked = revoked
    }
}

/// A credential's sealed row, so that a cold one opens with the database away. Ciphertext only.
package struct CredentialRecord: Hashable, Sendable {
    package let name: CredentialName
    /// Grows with every value set; also the version in the seal.
    package let generation: Int64
    /// Primary key text of the row, as the seal's location has it.
    package let row: String
    /// Where it may be sent; the seal is bound to them.
    package let destinations: CredentialDestinations
    package let sealed: [UInt8]
    package let dataKey: DataKeyID
    package let wrappedDataKey: [UInt8]

    package init(
        name: CredentialName,
        generation: Int64,
        row: String,
        destinations: CredentialDestinations,
        sealed: [UInt8],
        dataKey: DataKeyID,
        wrappedDataKey: [UInt8]
    ) {
        self.name = name
        self.generation = generation
        self.row = row
        self.destinations = destinations
        self.sealed = sealed
        self.dataKey = dataKey
        self.wrappedDataKey = wrappedDataKey
    }
}

/// An OIDC issuer whose people may sign in.
package struct Issuer: Hashable, Sendable {
    package let url: String
    package let clientID: String

    package init(url: String, clientID: String) {
        self.url = url
        self.clientID = clientID
    }
}
