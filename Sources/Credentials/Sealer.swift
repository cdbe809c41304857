package import Cryptography
package import Model
import Synchronization

/// Seals and opens secrets at rest.
///
/// Root key → per-organization data key (wrapped, bound to organization and key id) → per-record key by HKDF with a
/// random salt → AES-256-GCM bound to the place. Unwrapped data keys and derived keys are kept in the arena until
/// they are forgotten. No I/O: where the wrapped keys and the sealed bytes are kept is the store's business.
package final class Sealer: Sendable {
    private struct DataKey {
        let wrapped: [UInt8]
        let organization: OrganizationID?
        let key: Secret
    }

    private let rootKey: Secret
    private let arena: SecretArena
    private let dataKeys = Mutex<[DataKeyID: DataKey]>([:])
    private let derivedKeys = Mutex<[KeyLabel: Secret]>([:])

    /// The root key has 256 bits; another makes every call throw `badRootKey`.
    package init(rootKey: Secret, arena: SecretArena) {
        self.rootKey = rootKey
        self.arena = arena
    }

    /// A fresh data key for an organization, or for the platform, to be stored in its wrapped form.
    package func newDataKey(for organization: OrganizationID?) throws(SealError) -> (DataKeyID, wrapped: [UInt8]) {
        let id = DataKeyID.random()
        let wrappingKey = try derivedKey(.wrapping)
        do {
            let key = try SecureRandom.secret(AESGCM.keyCount, in: arena)
            let wrapped = try wrap(key, id: id, organization: organization, under: wrappingKey)
            dataKeys.withLock { $0[id] = DataKey(wrapped: wrapped, organization: organization, key: key) }
            return (id, wrapped: wrapped)
        } catch {
            throw SealError(error)
        }
    }

    /// Seals for one place, with a fresh salt and nonce each time.
    package func seal(
        _ plaintext: RawSpan,
        at location: SealLocation,
        dataKey: DataKeyID,
        wrapped: [UInt8]
    ) throws(SealError) -> SealedField {
        let key = try unwrap(wrapped, id: dataKey, organization: location.organization)
        let salt = SecureRandom.bytes(SealedField.saltCount)
        let nonce = SecureRandom.bytes(AESGCM.nonceCount)
        do {
            let ciphertext = try AESGCM.seal(
                plaintext,
                key: HKDFSHA256.derive(from: key, salt: salt, info: KeyLabel.record.info, in: arena),
                nonce: nonce,
                authenticating: Self.authenticatedBytes(location, dataKey: dataKey)
            )
            return SealedField(dataKey: dataKey, salt: salt, nonce: nonce, ciphertext: ciphertext)
        } catch {
            throw SealError(error)
        }
    }

    /// The same, for bytes in an array; wiping it is the caller's.
    package func seal(
        _ plaintext: [UInt8],
        at location: SealLocation,
        dataKey: DataKeyID,
        wrapped: [UInt8]
    ) throws(SealError) -> SealedField {
        try plaintext.withRawSpan { span throws(SealError) in
            try seal(span, at: location, dataKey: dataKey, wrapped: wrapped)
        }
    }

    /// The same, for a secret in an arena.
    package func seal(
        _ plaintext: Secret,
        at location: SealLocation,
        dataKey: DataKeyID,
        wrapped: [UInt8]
    ) throws(SealError) -> SealedField {
        try plaintext.withBytes { span throws(SealError) in
            try seal(span, at: location, dataKey: dataKey, wrapped: wrapped)
        }
    }

    /// `notAuthentic` unless the field was sealed at this very place with this data key.
    package func open(
        _ field: SealedField,
        at location: SealLocation,
        wrapped: [UInt8]
    ) throws(SealError) -> Secret {
        let key = try unwrap(wrapped, id: field.dataKey, organization: location.organization)
        do {
            return try AESGCM.open(
                field.ciphertext,
                key: HKDFSHA256.derive(from: key, salt: field.salt, info: KeyLabel.record.info, in: arena),
                nonce: field.nonce,
                authenticating: Self.authenticatedBytes(location, dataKey: field.dataKey),
                in: arena
            )
        } catch {
            throw SealError(error)
        }
    }

    /// 32 hexadecimal digits by which a credential is told from others of its organization in the audit: the first
    /// 128 bits of an HMAC under the organization's own key, so that it means nothing elsewhere.
    package func fingerprint(of secret: Secret, organization: OrganizationID) throws(SealError) -> String {
        let key = try derivedKey(.fingerprint(organization))
        let code = secret.withBytes { HMACSHA256.code($0, key: key) }
        return Hexadecimal.encode(code.bytes.prefix(16))
    }

    /// A 256-bit key of the root key for one purpose, the same each time.
    package func purposeKey(_ label: String) throws(SealError) -> Secret {
        try derivedKey(.purpose(label))
    }

    /// Wipes what is cached for an organization: it is gone, or its keys were rotated.
    package func forget(organization: OrganizationID) {
        let removed = dataKeys.withLock { keys in
            let ids = keys.filter { $0.value.organization == organization }.keys
            return ids.map { keys.removeValue(forKey: $0) }
        }
        let fingerprintKey = derivedKeys.withLock { $0.removeValue(forKey: .fingerprint(organization)) }
        // Wiped here, after the locks.
        withExtendedLifetime((removed, fingerprintKey)) {}
    }
}

extension Sealer {
    private func derivedKey(_ label: KeyLabel) throws(SealError) -> Secret {
        guard rootKey.count == AESGCM.keyCount else { throw .badRootKey }
        if let key = derivedKeys.withLock({ $0[label] }) { return key }
        let key: Secret
        do {
            key = try HKDFSHA256.derive(from: rootKey, info: label.info, in: arena)
        } catch {
            throw SealError(error)
        }
        // Two threads may both have derived it; they have the same bytes.
        derivedKeys.withLock { $0[label] = key }
        return key
    }

    private func wrap(
        _ key: Secret,
        id: DataKeyID,
        organization: OrganizationID?,
        under wrappingKey: Secret
    ) throws(CryptographyError) -> [UInt8] {
        let nonce = SecureRandom.bytes(AESGCM.nonceCount)
        let ciphertext = try key.withBytes { span throws(CryptographyError) in
            try AESGCM.seal(
                span,
                key: wrappingKey,
                nonce: nonce,
                authenticating: Self.authenticatedBytes(of: id, organization: organization)
            )
        }
        return WrappedDataKey(nonce: nonce, ciphertext: ciphertext).bytes
    }

    /// The cached key is used only for the very bytes and organization that it came from.
    private func unwrap(
        _ wrapped: [UInt8],
        id: DataKeyID,
        organization: OrganizationID?
    ) throws(SealError) -> Secret {
        let cached = dataKeys.withLock { $0[id] }
        if let cached, cached.wrapped == wrapped, cached.organization == organization { return cached.key }
        guard let parts = WrappedDataKey(bytes: wrapped) else { throw .malformed }
        let wrappingKey = try derivedKey(.wrapping)
        do {
            let key = try AESGCM.open(
                parts.ciphertext,
                key: wrappingKey,
                nonce: parts.nonce,
                authenticating: Self.authenticatedBytes(of: id, organization: organization),
                in: arena
            )
            dataKeys.withLock { $0[id] = DataKey(wrapped: wrapped, organization: organization, key: key) }
            return key
        } catch {
            throw SealError(error)
        }
    }

    /// What a sealed field is bound to: its format, its place, and its data key.
    private static func authenticatedBytes(_ location: SealLocation, dataKey: DataKeyID) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(SealedField.currentFormat)
        writer.write(location.authenticatedBytes)
        writer.write(dataKey.uuid)
        return writer.bytes
    }

    /// What a wrapped data key is bound to: its format, its organization, and its id.
    private static func authenticatedBytes(of id: DataKeyID, organization: OrganizationID?) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(WrappedDataKey.currentFormat)
        writer.write(organization)
        writer.write(id.uuid)
        return writer.bytes
    }
}
