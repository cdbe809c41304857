package import struct FoundationEssentials.Date

/// A moment as `timestamptz` holds it: whole microseconds.
package struct PostgresTimestamp: Hashable, Comparable, Sendable {
    package let microsecondsSince1970: Int64

    package init(microsecondsSince1970: Int64) { self.microsecondsSince1970 = microsecondsSince1970 }

    package static func < (left: Self, right: Self) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }

    /// Postgres counts from 2000-01-01; nil where that overflows.
    var microsecondsSince2000: Int64? {
        let (value, overflow) = microsecondsSince1970.subtractingReportingOverflow(946_684_800_000_000)
        return overflow ? nil : value
    }
}

extension PostgresTimestamp: PostgresBindable, PostgresDecodable {
    package static var postgresType: PostgresType { .timestamptz }

    package var postgresParameter: SQLParameter.Value {
        guard let value = microsecondsSince2000 else { return .unsendable("a date is out of range") }
        return .binary(bigEndianBytes(value))
    }

    package static func decode(postgres text: Span<UInt8>) -> Self? {
        string(text).flatMap(TimestampText.microseconds).map(Self.init(microsecondsSince1970:))
    }
}

extension Date: PostgresBindable, PostgresDecodable {
    package static var postgresType: PostgresType { .timestamptz }

    /// Rounded to the microsecond.
    package var postgresParameter: SQLParameter.Value {
        guard let value = Int64(exactly: (timeIntervalSince1970 * 1_000_000).rounded()) else {
            return .unsendable("a date is out of range")
        }
        return PostgresTimestamp(microsecondsSince1970: value).postgresParameter
    }

    package static func decode(postgres text: Span<UInt8>) -> Date? {
        PostgresTimestamp.decode(postgres: text).map {
            Date(timeIntervalSince1970: Double($0.microsecondsSince1970) / 1_000_000)
        }
    }
}

func bigEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<(value.bitWidth / 8)).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// `2026-11-23 20:53:00.123456+00`, the ISO date style. Years before 1 and the infinities are not read.
enum TimestampText {
    static func microseconds(of text: String) -> Int64? {
        let halves = text.split(separator: " ", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).map(number)
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2] else { return nil }
        guard 1...294_276 ~= year, 1...12 ~= month, 1...31 ~= day else { return nil }

        guard let signIndex = halves[1].lastIndex(where: { $0 == "+" || $0 == "-" }) else { return nil }
        guard let clock = clockMicroseconds(halves[1][..<signIndex]) else { return nil }
        let offsetText = halves[1][signIndex...]
        guard let offset = clockMicroseconds(offsetText.dropFirst()) else { return nil }

        let local = daysSince1970(year: year, month: month, day: day) * 86_400_000_000 + clock
        return offsetText.first == "-" ? local + offset : local - offset
    }

    /// `HH`, `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`.
    private static func clockMicroseconds(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, let clock = parts.first else { return nil }
        var seconds: Int64 = 0
        let fields = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard 1...3 ~= fields.count else { return nil }
        for (field, unit) in zip(fields, [3600, 60, 1] as [Int64]) {
            guard field.utf8.count == 2, let value = number(field) else { return nil }
            seconds += value * unit
        }
        guard parts.count == 2 else { return seconds * 1_000_000 }
        guard 1...6 ~= parts[1].utf8.count, let fraction = number(parts[1]) else { return nil }
        let scale = [100_000, 10_000, 1000, 100, 10, 1] as [Int64]
        return seconds * 1_000_000 + fraction * scale[parts[1].utf8.count - 1]
    }

    /// Digits only, so no sign slips in; at most nine, so nothing overflows.
    private static func number(_ text: Substring) -> Int64? {
        guard 1...9 ~= text.utf8.count, text.utf8.allSatisfy({ 48...57 ~= $0 }) else { return nil }
        return Int64(text)
    }

    /// The proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
