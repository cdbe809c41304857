import Cryptography

/// A data key sealed under the root key: version (1) ‖ nonce (12) ‖ ciphertext and tag (48).
struct WrappedDataKey {
    static let currentFormat: UInt8 = 1

    let nonce: [UInt8]
    let ciphertext: [UInt8]

    init(nonce: [UInt8], ciphertext: [UInt8]) {
        self.nonce = nonce
        self.ciphertext = ciphertext
    }

    init?(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.currentFormat, let nonce = reader.read(AESGCM.nonceCount),
            let ciphertext = reader.read(AESGCM.keyCount + AESGCM.tagCount), reader.isAtEnd
        else { return nil }
        self.init(nonce: nonce, ciphertext: ciphertext)
    }

    var bytes: [UInt8] { [Self.currentFormat] + nonce + ciphertext }
}
