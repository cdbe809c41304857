/// Checks that bytes above ASCII are UTF-8 (RFC 3629, table 3-7 of Unicode): no overlong forms, no surrogates, nothing
/// above U+10FFFF. Holds its place between pieces.
struct UTF8Check: Sendable {
    private var remaining = 0
    /// What the next continuation byte may be.
    private var allowed: ClosedRange<UInt8> = 0x80...0xbf

    /// Whether a character has begun and not ended.
    var isInside: Bool { remaining > 0 }

    /// False where this byte cannot stand here. ASCII may only come between characters, and need not be shown.
    mutating func take(_ byte: UInt8) -> Bool {
        guard remaining == 0 else {
            guard allowed.contains(byte) else { return false }
            allowed = 0x80...0xbf
            remaining -= 1
            return true
        }
        switch byte {
        case 0xc2...0xdf: remaining = 1
        case 0xe0: (remaining, allowed) = (2, 0xa0...0xbf)
        case 0xed: (remaining, allowed) = (2, 0x80...0x9f)
        case 0xe1...0xef: remaining = 2
        case 0xf0: (remaining, allowed) = (3, 0x90...0xbf)
        case 0xf4: (remaining, allowed) = (3, 0x80...0x8f)
        case 0xf1...0xf3: remaining = 3
        default: return false
        }
        return true
    }
}
