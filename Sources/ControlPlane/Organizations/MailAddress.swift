/// Something that can be a mail address. The issuer proves whose it is; this only refuses what cannot be one.
struct MailAddress {
    let text: String

    /// 3 to 254 bytes, one @ with something on both sides, no spaces or control characters.
    init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        guard text.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 }) else { return nil }
        self.text = text
    }
}
