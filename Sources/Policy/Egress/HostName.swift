/// The rule for host names that lead out of here: letters, digits and hyphens in labels (RFC 1123), in one spelling.
package enum HostName {
    /// Whether a lower-case name is well formed. No empty label, so no dot at the end either; an international name
    /// stands in its `xn--` form.
    package static func isValid(_ name: some StringProtocol) -> Bool {
        guard name.utf8.count <= 253 else { return false }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-" else { return false }
            return label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        }
    }

    /// Names that mean this machine (RFC 6761).
    package static func isLocal(_ name: String) -> Bool { name == "localhost" || name.hasSuffix(".localhost") }
}
