/// The escapes of basic strings.
enum TOMLEscapes {
    /// How long the escape is that the bytes begin with; nil when it is none. NUL is none: the parser of record works
    /// on C strings, in which it would silently end a value.
    static func length(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.first == UInt8(ascii: "\\"), let kind = bytes.dropFirst().first else { return nil }
        switch kind {
        case UInt8(ascii: "b"), UInt8(ascii: "t"), UInt8(ascii: "n"), UInt8(ascii: "f"), UInt8(ascii: "r"),
            UInt8(ascii: "\""), UInt8(ascii: "\\"):
            return 2
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = kind == UInt8(ascii: "u") ? 4 : 8
            return scalar(bytes.dropFirst(2), count).map { _ in 2 + count }
        default: return nil
        }
    }

    /// The text of a basic string's inside whose escapes are good.
    static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        var rest = bytes
        while let byte = rest.first {
            guard byte == UInt8(ascii: "\\"), let length = length(rest) else {
                text.append(byte)
                rest = rest.dropFirst()
                continue
            }
            let kind = rest.dropFirst().first ?? byte
            switch kind {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "u"), UInt8(ascii: "U"):
                if let scalar = scalar(rest.dropFirst(2), length - 2) { text.append(contentsOf: String(scalar).utf8) }
            default: text.append(kind)
            }
            rest = rest.dropFirst(length)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func scalar(_ bytes: ArraySlice<UInt8>, _ count: Int) -> Character? {
        let digits = bytes.prefix(count)
        guard digits.count == count, digits.allSatisfy(TOMLScalar.isHexDigit),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), code != 0
        else { return nil }
        return Unicode.Scalar(code).map(Character.init)
    }
}
