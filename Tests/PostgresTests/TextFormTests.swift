import Testing

@testable import Postgres

@Suite struct TextFormTests {
    static let arrays: [(String, [String]?)] = [
        ("{}", []),
        ("{a}", ["a"]),
        ("{a,b c,NULLS}", ["a", "b c", "NULLS"]),
        (#"{"a,b","c\"d","e\\f","{}",""}"#, ["a,b", "c\"d", "e\\f", "{}", ""]),
        (#"{"NULL"}"#, ["NULL"]),
        ("{NULL}", nil),
        ("{a,,b}", nil),
        ("{a,}", nil),
        ("{{a},{b}}", nil),
        ("{a", nil),
        ("a}", nil),
        (#"{"a}"#, nil),
        ("{a}b}", nil),
        ("", nil),
        ("{", nil),
        (#"{\"#, nil),
    ]

    @Test(arguments: arrays)
    func arraysAreReadStrictly(text: String, expected: [String]?) {
        let bytes = Array(text.utf8)
        let elements = [String].decode(postgres: bytes.span)
        #expect(elements == expected)
    }

    static let moments: [(String, Int64?)] = [
        ("1970-01-01 00:00:00+00", 0),
        ("2026-11-23 20:53:00.123456+00", 1_795_467_180_123_456),
        ("2026-11-23 20:53:00.5+00", 1_795_467_180_500_000),
        ("1969-12-31 23:59:59.999999+00", -1),
        ("2000-02-29 12:00:00+05:30", 951_805_800_000_000),
        ("2000-02-29 12:00:00-08", 951_854_400_000_000),
        ("infinity", nil),
        ("0044-03-15 12:00:00+00 BC", nil),
        ("2026-11-23", nil),
        ("2026-11-23 20:53:00", nil),
        ("2026-13-23 20:53:00+00", nil),
        ("2026-11-23 20:53:00.1234567+00", nil),
        ("99999999999999999999-01-01 00:00:00+00", nil),
        ("-1-01-01 00:00:00+00", nil),
        ("", nil),
        (" ", nil),
        ("+ +", nil),
    ]

    @Test(arguments: moments)
    func momentsAreReadToTheMicrosecond(text: String, expected: Int64?) {
        #expect(TimestampText.microseconds(of: text) == expected)
    }

    @Test(arguments: [("\\x", []), ("\\x00ff10", [0, 255, 16]), ("\\xABcd", [0xab, 0xcd])] as [(String, [UInt8])])
    func bytesAreReadFromHexadecimal(text: String, expected: [UInt8]) {
        let bytes = Array(text.utf8)
        let decoded = HexText.bytes(of: bytes.span)
        #expect(decoded == expected)
        #expect(HexText.text(of: expected).lowercased() == text.lowercased())
    }

    @Test(arguments: ["", "\\", "x00", "\\x0", "\\x0g", "00ff"])
    func otherTextsAreNotBytes(text: String) {
        let bytes = Array(text.utf8)
        let decoded = HexText.bytes(of: bytes.span)
        #expect(decoded == nil)
    }
}
