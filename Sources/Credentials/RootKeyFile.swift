package import Cryptography

/// The root key in a file: 32 bytes in base64 and a newline, mode 0400, ours or root's.
package enum RootKeyFile {
    package static let keyCount = 32

    /// Makes a fresh key and its file, which must not exist yet.
    package static func create(at path: String, in arena: SecretArena) throws(RootKeyError) -> Secret {
        let key: Secret
        do {
            key = try SecureRandom.secret(keyCount, in: arena)
        } catch {
            throw .unavailable(error)
        }
        try write(key, to: path, in: arena)
        return key
    }

    /// Makes the file again from the recovery form that `create` was followed by.
    package static func restore(
        at path: String,
        fromRecoveryForm text: Secret,
        in arena: SecretArena
    ) throws(RootKeyError) -> Secret {
        let key = try RecoveryForm.decode(text, in: arena)
        try write(key, to: path, in: arena)
        return key
    }

    /// Refuses a file with any other permission than 0400 allows, or of another owner than us or root.
    package static func load(at path: String, in arena: SecretArena) throws(RootKeyError) -> Secret {
        let file: Secret
        do {
            file = try SecretFile.read(path, allowedMode: 0o400, in: arena)
        } catch {
            throw .file(error)
        }
        guard var bytes = file.withBytes({ decode($0) }) else { throw .notAKey(path: path) }
        do {
            return try arena.store(wiping: &bytes)
        } catch {
            throw .unavailable(error)
        }
    }

    /// The key in groups of letters, to be printed once and kept on paper.
    package static func recoveryForm(of key: Secret, in arena: SecretArena) throws(RootKeyError) -> Secret {
        try RecoveryForm.encode(key, in: arena)
    }

    private static func write(_ key: Secret, to path: String, in arena: SecretArena) throws(RootKeyError) {
        var bytes = key.copyOfBytes()
        var encoded = Base64URL.encodeASCII(bytes)
        wipe(&bytes)
        // Room for all from the start: an array that grows leaves a copy behind that nobody wipes.
        var text: [UInt8] = []
        text.reserveCapacity(encoded.count + 2)
        text.append(contentsOf: encoded.lazy.map(standard))
        wipe(&encoded)
        text.append(UInt8(ascii: "="))
        text.append(UInt8(ascii: "\n"))
        let contents: Secret
        do {
            contents = try arena.store(wiping: &text)
        } catch {
            throw .unavailable(error)
        }
        do {
            try SecretFile.create(path, holding: contents, mode: 0o400)
        } catch {
            throw .file(error)
        }
    }

    /// 43 characters, one `=`, and at most one newline.
    private static func decode(_ span: RawSpan) -> [UInt8]? {
        var text = span.copyOfBytes()
        defer { wipe(&text) }
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        guard text.count == 44, text.removeLast() == UInt8(ascii: "=") else { return nil }
        // Characters of the other alphabet would otherwise be a second way to write the same key.
        guard !text.contains(UInt8(ascii: "-")), !text.contains(UInt8(ascii: "_")) else { return nil }
        guard let bytes = Base64URL.decode(ascii: text.lazy.map(urlSafe)), bytes.count == keyCount else { return nil }
        return bytes
    }

    private static func standard(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "-"): UInt8(ascii: "+")
        case UInt8(ascii: "_"): UInt8(ascii: "/")
        default: character
        }
    }

    private static func urlSafe(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: character
        }
    }
}
