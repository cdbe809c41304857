/// A header that policy sets on an outbound request, its name and value checked byte by byte.
package struct InjectedHeader: Hashable, Sendable {
    /// Lower case.
    package let name: [UInt8]
    package let value: [UInt8]

    /// Bytes of a value; the longest thing that policy injects is a user id or a short note.
    package static let longestValue = 1024

    /// Nil where the name is not a header name or not ours to set, or the value holds anything but visible ASCII with
    /// single spaces or tabs inside.
    package init?(name: String, value: String) {
        let name = name.utf8.map { byte in
            byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
        }
        guard !name.isEmpty, name.count <= 64, name.allSatisfy(FieldText.isNameByte) else { return nil }
        guard RequestHeaders.isInjectable(name.span) else { return nil }
        let value = Array(value.utf8)
        guard value.count <= Self.longestValue, let first = value.first, let last = value.last else { return nil }
        guard FieldText.isVisible(first), FieldText.isVisible(last) else { return nil }
        guard value.allSatisfy({ FieldText.isVisible($0) || $0 == 0x20 || $0 == 0x09 }) else { return nil }
        self.name = name
        self.value = value
    }

    /// A value made safe for a placeholder: everything but visible ASCII percent-encoded, `%` too, at most 256 bytes.
    package static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain = FieldText.isVisible(byte) && byte != UInt8(ascii: "%")
            guard bytes.count + (isPlain ? 1 : 3) <= 256 else { break }
            if isPlain {
                bytes.append(byte)
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                bytes.append(contentsOf: (byte < 16 ? "%0" : "%").utf8)
                bytes.append(contentsOf: hex.utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
