import Testing

@testable import Commands

@Suite struct OutputTests {
    @Test func columnsAreAsWideAsTheirContent() {
        var table = Table(columns: [.init(title: "A"), .init(title: "COUNT", alignment: .right), .init(title: "C")])
        table.add("long cell", "1", "")
        table.add("x", "22", "y\u{1b}[2J")
        #expect(table.text == "A          COUNT  C\nlong cell      1\nx             22  y [2J\n")
        #expect(Table("A").text.isEmpty)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01 00:00:00Z"), (951_782_400, "2000-02-29 00:00:00Z"),
        (1_800_000_000, "2027-01-15 08:00:00Z"), (-1, "?"), (.max, "?"),
    ])
    func instantsAreWrittenInUTC(seconds: Int64, text: String) {
        #expect(TimeText.instant(seconds) == text)
    }

    @Test(arguments: [(Int64(-5), "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d")])
    func spansAreRounded(seconds: Int64, text: String) {
        #expect(TimeText.span(seconds) == text)
    }

    @Test(arguments: [
        ("abc\n", "abc"), ("ab\u{7f}c\r", "ac"), ("x\u{15}yz\n", "yz"), ("a\u{e4}\u{7f}b\n", "ab"),
    ])
    func aHiddenLineIsEdited(typed: String, line: String) {
        var secret = SecretLine(limit: 100)
        for byte in typed.utf8 where secret.take(byte) == .done { break }
        #expect(String(decoding: secret.bytes, as: UTF8.self) == line)
    }

    @Test func aHiddenLineCanBeGivenUpAndHasALimit() {
        var secret = SecretLine(limit: 1)
        #expect(secret.take(3) == .givenUp)
        #expect(secret.take(4) == .givenUp)
        #expect(secret.take(65) == .more)
        #expect(secret.take(65) == .tooLong)
    }

    @Test func onlyMemoryIsMemory() {
        let table = MountTable(
            """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
            30 22 0:25 / /run rw,nosuid shared:5 - tmpfs tmpfs rw
            31 30 0:26 / /run/user/1000 rw shared:6 master:2 - tmpfs tmpfs rw
            32 30 254:0 /x /run/disk rw - ext4 /dev/root rw
            """
        )
        #expect(table.isInMemory("/run/user/1000"))
        #expect(table.isInMemory("/run/other"))
        #expect(!table.isInMemory("/run/disk"))
        #expect(!table.isInMemory("/runner"))
        #expect(!MountTable("").isInMemory("/run"))
    }
}
