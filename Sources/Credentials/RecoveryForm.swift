import Cryptography

/// A root key for paper: twelve groups of five letters, the last eight of them a checksum.
///
/// The alphabet is Crockford's base 32, which has no I, L, O or U; reading takes small letters, and I, L and O for
/// what they look like, and any grouping.
enum RecoveryForm {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let keyLetters = 52
    private static let checksumLetters = 8
    private static let group = 5

    static func encode(_ key: Secret, in arena: SecretArena) throws(RootKeyError) -> Secret {
        guard key.count == RootKeyFile.keyCount else { throw .unavailable(.wrongSize(what: "key", count: key.count)) }
        var bytes = key.copyOfBytes()
        // Room for all from the start: an array that grows leaves a copy behind that nobody wipes.
        var letters: [UInt8] = []
        letters.reserveCapacity(keyLetters + checksumLetters)
        append(bytes, to: &letters)
        append(checksum(of: bytes), to: &letters)
        var text: [UInt8] = []
        text.reserveCapacity(letters.count + letters.count / group)
        for (index, letter) in letters.enumerated() {
            if index > 0, index.isMultiple(of: group) { text.append(UInt8(ascii: "-")) }
            text.append(letter)
        }
        wipe(&bytes)
        wipe(&letters)
        do {
            return try arena.store(wiping: &text)
        } catch {
            throw .unavailable(error)
        }
    }

    static func decode(_ text: Secret, in arena: SecretArena) throws(RootKeyError) -> Secret {
        var values: [UInt8] = []
        values.reserveCapacity(keyLetters + checksumLetters)
        defer { wipe(&values) }
        var typed = text.copyOfBytes()
        defer { wipe(&typed) }
        for character in typed where !isSeparator(character) {
            guard let value = value(of: character), values.count < keyLetters + checksumLetters else {
                throw .badRecoveryForm
            }
            values.append(value)
        }
        guard values.count == keyLetters + checksumLetters,
            var key = bytes(of: values[..<keyLetters], count: RootKeyFile.keyCount)
        else { throw .badRecoveryForm }
        guard let check = bytes(of: values[keyLetters...], count: 5), check == checksum(of: key) else {
            wipe(&key)
            throw .badRecoveryForm
        }
        do {
            return try arena.store(wiping: &key)
        } catch {
            throw .unavailable(error)
        }
    }

    /// 40 bits: one mistyped form in a million million passes.
    private static func checksum(of key: [UInt8]) -> [UInt8] {
        var hash = SHA256Hash.Incremental()
        hash.update(Array("keyreeve root key".utf8))
        hash.update(key)
        return Array(hash.finish().bytes.prefix(5))
    }

    /// Five bits a letter, spare bits zero.
    private static func append(_ bytes: [UInt8], to letters: inout [UInt8]) {
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                letters.append(alphabet[Int(pending >> bits & 31)])
            }
            pending &= (1 << bits) - 1
        }
        if bits > 0 { letters.append(alphabet[Int(pending << (5 - bits) & 31)]) }
    }

    /// Nil where spare bits are not zero.
    private static func bytes(of values: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        for value in values {
            pending = pending << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> bits))
                pending &= (1 << bits) - 1
            }
        }
        return pending == 0 && bytes.count == count ? bytes : nil
    }

    private static func isSeparator(_ character: UInt8) -> Bool {
        character == UInt8(ascii: "-") || character == UInt8(ascii: " ") || character == UInt8(ascii: "\n")
            || character == UInt8(ascii: "\r") || character == UInt8(ascii: "\t")
    }

    private static func value(of character: UInt8) -> UInt8? {
        let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character) ? character - 32 : character
        let meant =
            switch upper {
            case UInt8(ascii: "O"): UInt8(ascii: "0")
            case UInt8(ascii: "I"), UInt8(ascii: "L"): UInt8(ascii: "1")
            default: upper
            }
        return alphabet.firstIndex(of: meant).map { UInt8(truncatingIfNeeded: $0) }
    }
}
