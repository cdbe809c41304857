import Model
import Testing

import struct FoundationEssentials.UUID

@testable import Audit

private func uuid(_ text: String) throws -> UUID { try #require(UUID(uuidString: text)) }

@Suite struct CanonicalBytesTests {
    @Test func aRecordHasTheGoldenBytes() throws {
        let record = AuditRecord(
            id: try uuid("0F8FAD5B-D9CB-469F-A165-70867728950E"),
            kind: .relayOutcome,
            at: 1_795_554_123_123_456,
            organization: OrganizationID(try uuid("7c9e6679-7425-40de-944b-e07fc1f90ae7")),
            intent: try uuid("550e8400-e29b-41d4-a716-446655440000"),
            fields: [
                "status": 200, "model": "gpt-5.4", "decision": "allow", "cached": true, "reason": .null,
                "zones": .strings(["a", "b\"c"]), "output_tokens": -1, "Upper": "first",
            ]
        )
        let expected =
            #"{"Upper":"first","at":"2026-11-24T21:02:03.123456Z","cached":true,"decision":"allow","#
            + #""id":"0f8fad5b-d9cb-469f-a165-70867728950e","intent":"550e8400-e29b-41d4-a716-446655440000","#
            + #""kind":"relay.outcome","model":"gpt-5.4","organization":"7c9e6679-7425-40de-944b-e07fc1f90ae7","#
            + #""output_tokens":-1,"reason":null,"status":200,"zones":["a","b\"c"]}"#
        #expect(String(decoding: record.canonicalBytes, as: UTF8.self) == expected)
    }

    @Test func aPlatformRecordHasNoOrganizationAndNoIntent() throws {
        let record = AuditRecord(
            id: try uuid("0f8fad5b-d9cb-469f-a165-70867728950e"),
            kind: .serverInitialized,
            at: 0,
            organization: nil
        )
        let expected =
            #"{"at":"1970-01-01T00:00:00.000000Z","id":"0f8fad5b-d9cb-469f-a165-70867728950e","#
            + #""kind":"server.initialized"}"#
        #expect(String(decoding: record.canonicalBytes, as: UTF8.self) == expected)
    }

    /// The example of RFC 8785 3.2.3, less its non-text members.
    @Test func keysAreOrderedByUTF16CodeUnits() {
        let fields: AuditFields = [
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1F600}": "Emoji: Grinning Face", "\u{0080}": "Control", "\u{00f6}": "o with diaeresis",
        ]
        #expect(fields.names == ["\r", "1", "\u{0080}", "\u{00f6}", "\u{20ac}", "\u{1F600}", "\u{fb33}"])
    }

    @Test func keyOrderAgreesWithUTF16ForRandomKeys() {
        let alphabet: [Unicode.Scalar] = [
            "a", "b", "\u{7f}", "\u{80}", "\u{7ff}", "\u{800}", "\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}",
            "\u{10ffff}",
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let (left, right) = (randomText(alphabet, &generator), randomText(alphabet, &generator))
            let expected = left.utf16.lexicographicallyPrecedes(right.utf16)
            #expect(CanonicalOrder.precedes(left, right) == expected)
        }
    }

    private func randomText(_ alphabet: [Unicode.Scalar], _ generator: inout SystemRandomNumberGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            if let scalar = alphabet.randomElement(using: &generator) { text.append(scalar) }
        }
        return String(text)
    }

    @Test(
        arguments: [
            ("plain", #""plain""#), ("", #""""#), ("\"\\/", #""\"\\/""#), ("\u{8}\t\n\u{c}\r", #""\b\t\n\f\r""#),
            ("\u{0}\u{1}\u{1f}\u{7f}", "\"\\u0000\\u0001\\u001f\u{7f}\""), ("€ö😀\u{2028}", "\"€ö😀\u{2028}\""),
            ("</script>", #""</script>""#),
        ]
    )
    func stringsAreEscapedAsRFC8785Says(text: String, expected: String) {
        var writer = CanonicalWriter()
        writer.string(text)
        #expect(String(decoding: writer.finish(), as: UTF8.self) == "{\(expected)}")
    }

    @Test(
        arguments: [
            (0, "0"), (-1, "-1"), (10, "10"), (9_007_199_254_740_991, "9007199254740991"),
            (-9_007_199_254_740_991, "-9007199254740991"), (9_007_199_254_740_992, #""9007199254740992""#),
            (Int64.max, #""9223372036854775807""#), (Int64.min, #""-9223372036854775808""#),
        ]
    )
    func integersBeyondExactnessAreText(number: Int64, expected: String) {
        var writer = CanonicalWriter()
        writer.integer(number)
        #expect(String(decoding: writer.finish(), as: UTF8.self) == "{\(expected)}")
    }

    @Test func aRecordReadsBackAsItself() throws {
        var fields: AuditFields = ["a": "x\u{0}\n\"\\", "b": 42, "c": false, "d": .null, "e": .strings([]), "é": "ö😀"]
        for index in 0..<30 { fields["field_\(index)"] = .integer(Int64(index)) }
        let record = AuditRecord(kind: .policyApplied, organization: .random(), fields: fields)
        #expect(AuditRecord(canonicalBytes: record.canonicalBytes) == record)
    }

    @Test(
        arguments: [
            "", "{", "{}", "[]", "null", #"{"at":1}"#,
            // Spaces, order, duplicates, escapes that are not canonical, forms of numbers, trailing bytes.
            #"{ "at":"1970-01-01T00:00:00.000000Z","id":"0f8fad5b-d9cb-469f-a165-70867728950e","kind":"policy.applied"}"#,
            #"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","at":"1970-01-01T00:00:00.000000Z","kind":"policy.applied"}"#,
            #"{"at":"1970-01-01T00:00:00Z","id":"0f8fad5b-d9cb-469f-a165-70867728950e","kind":"policy.applied"}"#,
            #"{"at":"1970-01-01T00:00:00.000000Z","id":"0F8FAD5B-d9cb-469f-a165-70867728950e","kind":"policy.applied"}"#,
            #"{"at":"1970-01-01T00:00:00.000000Z","id":"0f8fad5b-d9cb-469f-a165-70867728950e","kind":"no.such"}"#,
            #"{"a":01,"at":"1970-01-01T00:00:00.000000Z","id":"0f8fad5b-d9cb-469f-a165-70867728950e","kind":"policy.applied"}"#,
            #"{"a":1,"a":1,"at":"1970-01-01T00:00:00.000000Z","id":"0f8fad5b-d9cb-469f-a165-70867728950e","kind":"policy.applied"}"#,
            #"{"a":"\u0041","at":"1970-01-01T00:00:00.000000Z","id":"0f8fad5b-d9cb-469f-a165-70867728950e","kind":"policy.applied"}"#,
            #"{"at":"1970-01-01T00:00:00.000000Z","id":"0f8fad5b-d9cb-469f-a165-70867728950e","kind":"policy.applied"} "#,
        ]
    )
    func anythingButCanonicalBytesIsRefused(text: String) {
        #expect(AuditRecord(canonicalBytes: Array(text.utf8)) == nil)
    }

    @Test func damagedBytesNeverTrap() {
        let bytes = AuditRecord(
            kind: .policyApplied,
            organization: .random(),
            fields: ["a": "x\n", "b": .strings(["y"])]
        )
        .canonicalBytes
        for index in bytes.indices {
            _ = AuditRecord(canonicalBytes: Array(bytes[..<index]))
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                let read = AuditRecord(canonicalBytes: damaged)
                #expect(read == nil || read?.canonicalBytes == damaged)
            }
        }
    }

    @Test func fieldsBehaveLikeADictionary() {
        var fields = AuditFields()
        for name in ["m", "a", "z", "b", "m"] { fields[name] = .string(name + "!") }
        #expect(fields.names == ["a", "b", "m", "z"])
        #expect(fields["m"] == "m!")
        #expect(fields["q"] == nil)
        fields["b"] = AuditValue.null
        #expect(fields["b"] == AuditValue.null)
        fields["a"] = nil
        #expect(fields.names == ["b", "m", "z"])
        fields.merge(["b": 1, "c": 2])
        #expect(fields.names == ["b", "c", "m", "z"])
        #expect(fields.selecting(["absent", "c", "z"]) == ["c": 2, "z": "z!"])
    }
}
