import Credentials
import Model
import Policy

extension StoredCredential {
    /// A credential as the snapshot carries it; nil where its sealed bytes are not of a form that we know.
    init?(_ record: CredentialRecord, organization: OrganizationID) {
        guard let sealed = SealedField(bytes: record.sealed) else { return nil }
        self.init(
            name: record.name,
            generation: record.generation,
            sealed: sealed,
            wrappedDataKey: record.wrappedDataKey,
            location: .credential(
                record.name,
                generation: record.generation,
                destinations: record.destinations.texts,
                of: organization
            )
        )
    }
}
