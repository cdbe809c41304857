import Credentials
import Cryptography
import Model
import Testing

func testArena() throws -> SecretArena {
    // A test machine may allow little locked memory; what locking does is tested with the arena.
    try SecretArena.make(capacity: 64 * 1024, lockPolicy: .warn)
}

/// One deployment's sealer with a data key of one organization.
struct Deployment {
    let arena: SecretArena
    let rootKey: Secret
    let sealer: Sealer
    let organization = OrganizationID.random()
    let dataKey: DataKeyID
    let wrapped: [UInt8]

    init() throws {
        arena = try testArena()
        rootKey = try SecureRandom.secret(32, in: arena)
        sealer = Sealer(rootKey: rootKey, arena: arena)
        (dataKey, wrapped) = try sealer.newDataKey(for: organization)
    }

    /// The same deployment after a restart, with nothing cached.
    func restarted() -> Sealer {
        Sealer(rootKey: rootKey, arena: arena)
    }

    func location(row: String = "azure-prod", version: Int64 = 1, terms: [String] = []) -> SealLocation {
        SealLocation(
            organization: organization,
            table: "credentials",
            row: row,
            field: "value",
            version: version,
            terms: terms
        )
    }

    func credential(_ name: String, holding text: String, generation: Int64 = 1) throws -> StoredCredential {
        let location = location(row: name, version: generation)
        return StoredCredential(
            name: try #require(CredentialName(name)),
            generation: generation,
            sealed: try sealer.seal(Array(text.utf8), at: location, dataKey: dataKey, wrapped: wrapped),
            wrappedDataKey: wrapped,
            location: location
        )
    }
}
