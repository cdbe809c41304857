/// The shapes of values without quotes: booleans, numbers, dates and times. Ranges are the parser's to check.
enum TOMLScalar {
    static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 64 else { return false }
        let text = String(decoding: bytes, as: UTF8.self)
        if ["true", "false", "inf", "+inf", "-inf", "nan", "+nan", "-nan"].contains(text) { return true }
        return isNumber(bytes) || isDateOrTime(bytes)
    }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
        if bytes.count > 2, bytes.first == UInt8(ascii: "0"), let kind = bytes.dropFirst().first {
            let digits = bytes.dropFirst(2)
            switch kind {
            case UInt8(ascii: "x"): return isDigits(digits, isHexDigit)
            case UInt8(ascii: "o"): return isDigits(digits) { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "7") }
            case UInt8(ascii: "b"): return isDigits(digits) { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1") }
            default: break
            }
        }
        var rest = withoutSign(bytes)
        let whole = rest.prefix { isDigit($0) || $0 == UInt8(ascii: "_") }
        guard isDigits(whole, isDigit), whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
        rest = rest.dropFirst(whole.count)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { isDigit($0) || $0 == UInt8(ascii: "_") }
            guard isDigits(fraction, isDigit) else { return false }
            rest = rest.dropFirst(fraction.count + 1)
        }
        guard let exponent = rest.first else { return true }
        guard exponent == UInt8(ascii: "e") || exponent == UInt8(ascii: "E") else { return false }
        return isDigits(withoutSign(rest.dropFirst()), isDigit)
    }

    private static func withoutSign(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes
    }

    /// Digits with single underscores between them.
    private static func isDigits(_ bytes: ArraySlice<UInt8>, _ isDigit: (UInt8) -> Bool) -> Bool {
        let groups = bytes.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        return groups.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    }

    private static func isDateOrTime(_ bytes: ArraySlice<UInt8>) -> Bool {
        if hasShape(bytes, "00:00:00") { return isFraction(bytes.dropFirst(8)) }
        guard hasShape(bytes, "0000-00-00") else { return false }
        let time = bytes.dropFirst(10)
        guard let separator = time.first else { return true }
        guard [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(separator),
            hasShape(time.dropFirst(), "00:00:00")
        else { return false }
        var rest = time.dropFirst(9)
        if rest.last == UInt8(ascii: "Z") || rest.last == UInt8(ascii: "z") {
            rest = rest.dropLast()
        } else if rest.count >= 6 {
            let offset = rest.suffix(6)
            if offset.first == UInt8(ascii: "+") || offset.first == UInt8(ascii: "-") {
                guard hasShape(offset.dropFirst(), "00:00") else { return false }
                rest = rest.dropLast(6)
            }
        }
        return isFraction(rest)
    }

    private static func isFraction(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.isEmpty || (bytes.first == UInt8(ascii: ".") && bytes.count > 1 && bytes.dropFirst().allSatisfy(isDigit))
    }

    /// Whether the bytes begin with a shape in which 0 stands for any digit.
    private static func hasShape(_ bytes: ArraySlice<UInt8>, _ shape: String) -> Bool {
        let start = bytes.prefix(shape.utf8.count)
        return start.count == shape.utf8.count
            && zip(start, shape.utf8).allSatisfy { $1 == UInt8(ascii: "0") ? isDigit($0) : $0 == $1 }
    }
}
