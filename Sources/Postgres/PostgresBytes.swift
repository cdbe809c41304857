// `bytea` is `[UInt8]`: bound in binary, read from the `\x…` text form.

extension UInt8: PostgresArrayElement {
    package static var postgresArrayType: PostgresType { .bytea }

    package static func postgresParameter(for array: [UInt8]) -> SQLParameter.Value { .binary(array) }

    package static func decodeArray(postgres text: Span<UInt8>) -> [UInt8]? {
        HexText.bytes(of: text)
    }
}

/// `bytea[]`.
extension Array: PostgresArrayElement where Element == UInt8 {
    package static var postgresArrayType: PostgresType { .byteaArray }

    package static func postgresParameter(for array: [[UInt8]]) -> SQLParameter.Value {
        .text("{" + array.map { ArrayText.quoted(HexText.text(of: $0)) }.joined(separator: ",") + "}")
    }

    package static func decodeArray(postgres text: Span<UInt8>) -> [[UInt8]]? {
        guard let elements = ArrayText.elements(of: text) else { return nil }
        var result: [[UInt8]] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard let bytes = HexText.bytes(of: element.span) else { return nil }
            result.append(bytes)
        }
        return result
    }
}

/// The hexadecimal text form of `bytea`.
enum HexText {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(of bytes: [UInt8]) -> String {
        var text = Array("\\x".utf8)
        text.reserveCapacity(2 + 2 * bytes.count)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(of text: Span<UInt8>) -> [UInt8]? {
        guard text.count >= 2, text.count % 2 == 0 else { return nil }
        guard text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for index in stride(from: 2, to: text.count, by: 2) {
            guard let high = value(of: text[index]), let low = value(of: text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
