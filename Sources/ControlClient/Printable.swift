/// Text from elsewhere, made fit for a terminal: no control characters, one line, not endless.
package enum Printable {
    package static func line(_ text: String, limit: Int = 300) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            result.unicodeScalars.append(isControl(scalar) ? " " : scalar)
        }
        return result
    }

    /// C0, DEL and C1 controls, line and paragraph separators, and the bidirectional overrides.
    private static func isControl(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0...0x1f, 0x7f...0x9f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
