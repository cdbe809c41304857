import Cryptography
package import Model

/// A secret at rest: one `bytea` that says which data key it needs and how it was sealed.
package struct SealedField: Hashable, Sendable {
    /// AES-256-GCM under HKDF-SHA256(data key, salt).
    package static let currentFormat: UInt8 = 1
    package static let saltCount = 32

    package let format: UInt8
    package let dataKey: DataKeyID
    /// Makes the key of this one record, so that random nonces never meet the same key often.
    package let salt: [UInt8]
    package let nonce: [UInt8]
    /// With the tag at its end.
    package let ciphertext: [UInt8]

    init(dataKey: DataKeyID, salt: [UInt8], nonce: [UInt8], ciphertext: [UInt8]) {
        format = Self.currentFormat
        self.dataKey = dataKey
        self.salt = salt
        self.nonce = nonce
        self.ciphertext = ciphertext
    }

    /// format (1) ‖ data key (16) ‖ salt (32) ‖ nonce (12) ‖ length of the ciphertext (4) ‖ ciphertext.
    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(format)
        writer.write(dataKey.uuid)
        writer.write(salt)
        writer.write(nonce)
        writer.write(UInt32(truncatingIfNeeded: ciphertext.count))
        writer.write(ciphertext)
        return writer.bytes
    }

    /// Nil for every other byte string, longer, shorter or of an unknown format.
    package init?(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.currentFormat, let dataKey = reader.readUUID(),
            let salt = reader.read(Self.saltCount), let nonce = reader.read(AESGCM.nonceCount),
            let count = reader.readUInt32(), count >= UInt32(AESGCM.tagCount),
            let ciphertext = reader.read(Int(count)), reader.isAtEnd
        else { return nil }
        self.init(dataKey: DataKeyID(dataKey), salt: salt, nonce: nonce, ciphertext: ciphertext)
    }
}
