package import Model

/// A credential as a snapshot carries it: sealed, with all that opening needs except the root key.
package struct StoredCredential: Hashable, Sendable {
    package let name: CredentialName
    /// Rises with every change of the value.
    package let generation: Int64
    package let sealed: SealedField
    package let wrappedDataKey: [UInt8]
    package let location: SealLocation

    package init(
        name: CredentialName,
        generation: Int64,
        sealed: SealedField,
        wrappedDataKey: [UInt8],
        location: SealLocation
    ) {
        self.name = name
        self.generation = generation
        self.sealed = sealed
        self.wrappedDataKey = wrappedDataKey
        self.location = location
    }
}
