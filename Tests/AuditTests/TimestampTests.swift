import Testing

@testable import Audit

@Suite struct TimestampTests {
    private func text(_ microseconds: Int64) -> String {
        var bytes: [UInt8] = []
        Timestamp.append(microseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (4_107_542_399_000_001, "2100-02-28T23:59:59.000001Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (Int64.max, "9999-12-31T23:59:59.999999Z"), (Int64.min, "0001-01-01T00:00:00.000000Z"),
        ]
    )
    func timesAreWrittenInUTC(microseconds: Int64, expected: String) {
        #expect(text(microseconds) == expected)
    }

    @Test func everyDayOfFourCenturiesReadsBack() {
        for day in Int64(-800)...146_097 + 800 {
            let microseconds = day * 86_400_000_000 + 12_345_678
            #expect(Timestamp.parse(text(microseconds)) == microseconds)
        }
    }

    @Test(
        arguments: [
            ("2026-11-23", 1_795_392_000_000_000), ("2026-11-23T00:00:01Z", 1_795_392_001_000_000),
            ("2026-11-23T00:00:00.5Z", 1_795_392_000_500_000), ("2026-11-23T01:00:00+01:00", 1_795_392_000_000_000),
            ("2026-11-22T23:30:00-00:30", 1_795_392_000_000_000),
        ]
    )
    func formsOfRFC3339AreRead(text: String, expected: Int64) {
        #expect(Timestamp.parse(text) == expected)
    }

    @Test(
        arguments: [
            "", "2026", "2026-13-01", "2026-02-29", "2026-11-31", "2026-11-23T", "2026-11-23T24:00:00Z",
            "2026-11-23T00:60:00Z", "2026-11-23T00:00:00", "2026-11-23T00:00:00.Z", "2026-11-23T00:00:00.1234567Z",
            "2026-11-23T00:00:00Zx", "0000-01-01", "2026-11-23t00:00:00z", "２026-11-23", "2026-11-23T00:00:00+24:00",
        ]
    )
    func otherTextIsNoTime(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }
}
