/// The rule for header values that policy or the operator sets.
package enum HeaderValue {
    /// Whether it is 1 to 1024 printable ASCII characters, without a space at either end.
    package static func isSendable(_ text: String) -> Bool {
        (1...1_024).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
            && text.first != " " && text.last != " "
    }
}
