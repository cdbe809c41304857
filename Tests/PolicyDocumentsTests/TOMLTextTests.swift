import Policy
import Testing

@testable import PolicyDocuments

@Suite struct TOMLTextTests {
    private static let awkward = """
        \u{FEFF}# comment with = and [brackets]
        plain = 1 # trailing
        "quoted key" = 'literal \\ not an escape'
        'single' = "with \\" and # and ]"
        a.b."c.d" = true
        multi = \"\"\"
        [not.a.table]
        key = "no"
        \\\"\"\" still inside \"\"\"
        literal = '''
        [nor.this] = '' '''
        list = [
            1, # one
            { x = 1, y = [2, "]"] },
            "}",
        ]
        date = 1979-05-27 07:32:00Z
        float = +1.5e3
        inf = inf

        [table]
        inner = { deep.er = "x", z = {} }
        [ table . "sub" ]
        k = 0x1F

        [[rows]]
        id = "first"
        [rows.child]
        v = 1
        [[rows]]
        id = "second"
        [[rows.nested]]
        n = 1
        [[rows.nested]]
        n = 2
        """

    private func leaves(_ value: ConfigValue, _ path: [String]) -> [[String]] {
        switch value {
        case .table(let table) where !table.isEmpty:
            table.flatMap { leaves($0.value, path + [$0.key]) } + (path.isEmpty ? [] : [path])
        case .array(let values): values.enumerated().flatMap { leaves($1, path + ["#\($0)"]) } + [path]
        default: [path]
        }
    }

    @Test(arguments: ["\n", "\r\n"])
    func everyKeyOfAnAwkwardTextIsFound(_ ending: String) throws {
        let document = try TOMLDocument(Self.awkward.replacing("\n", with: ending))
        for path in leaves(.table(document.root), []) {
            #expect(document.exactPosition(path) != nil, "\(path)")
        }
    }

    @Test(arguments: [
        (["plain"], 2, 1), (["quoted key"], 3, 1), (["a", "b", "c.d"], 5, 1), (["literal"], 10, 1), (["list"], 12, 1),
        (["list", "#1", "y"], 14, 14), (["date"], 17, 1), (["table"], 21, 1),
        (["table", "inner", "deep", "er"], 22, 11),
        (["table", "sub", "k"], 24, 1), (["rows", "#0", "id"], 27, 1), (["rows", "#0", "child", "v"], 29, 1),
        (["rows", "#1", "id"], 31, 1), (["rows", "#1", "nested", "#1", "n"], 35, 1),
    ])
    func keysStandWhereTheyStand(_ path: [String], _ line: Int, _ column: Int) throws {
        let document = try TOMLDocument(Self.awkward)
        #expect(document.exactPosition(path) == TOMLPosition(line: line, column: column))
    }

    @Test func statementsCoverTheirWholeLines() throws {
        let text = "a = [\n 1,\n]\r\n# c\n[t] # x\nb = 1"
        let document = try TOMLDocument(text)
        let bytes = Array(text.utf8)
        let parts = document.statements.map { String(decoding: bytes[$0.bytes], as: UTF8.self) }
        #expect(parts == ["a = [\n 1,\n]\r\n", "[t] # x\n", "b = 1"])
    }

    @Test(arguments: [
        "=", "[", "a", "a = ", "\"", "a.b", "a = \"\"\"", "[[x]", "a = {", "a = [1", "\\", "'", "a = '''x", "a = 1x",
        "a = 01", "a = 1__0", "a = 0x", "a = .5", "a = 5.", "a = tru", "a = 1979-5-1", "a = \"\\q\"",
        "a = \"\\uD800\"", "a = \"\\u0000\"", "a = 1 b = 2", "a = { b = 1,\n c = 2 }", "a = {b = 1,}", "[ ]",
        "a..b = 1",
        "\u{0}", "a = \"\u{1}\"", "# \u{0}", "a = 1\rb = 2", "é = 1", "a = [1 2]", "[a]]", "[a] b = 1", "a = [[",
    ])
    func textAgainstTheGrammarNeverReachesTheParser(_ text: String) {
        let problem = #expect(throws: TOMLProblem.self) { _ = try TOMLScanner(text) }
        #expect(problem?.position != nil)
    }

    @Test func everyPrefixAndEveryChangedByteOfATextIsSurvived() {
        let bytes = Array(Self.awkward.utf8)
        for end in bytes.indices { _ = try? TOMLDocument(String(decoding: bytes[..<end], as: UTF8.self)) }
        for index in bytes.indices {
            for byte in "\"'[]{}=.,#\\\n\r\0 -_+0e:T".utf8 {
                var changed = bytes
                changed[index] = byte
                _ = try? TOMLDocument(String(decoding: changed, as: UTF8.self))
            }
        }
    }

    @Test func writtenValuesReadAsTheSame() throws {
        let value = ConfigValue.table([
            "plain": .string("a"), "quote\"d": .string("q\" b\\ n\n t\t r\r nul-free \u{1} \u{7F} é 😀"),
            "": .integer(-5), "list": .array([.string("]"), .integer(1)]), "t": .table(["x.y": .bool(false)]),
            "empty": .table([:]), "none": .array([]),
        ])
        let document = try TOMLDocument("v = \(TOMLWriter.value(value))\n")
        #expect(document.root["v"] == value)
    }

    @Test(arguments: [
        ("base_ulr", "base_url"), ("BaseURL", "base_url"), ("envkey", "env_key"), ("wire-api", "wire_api"),
        ("zzz", nil), ("nam", "name"),
    ])
    func nearMissesAreFound(_ word: String, _ meant: String?) {
        let keys = ["base_url", "env_key", "name", "wire_api"]
        #expect(NearMiss.suggestion(for: word, among: keys) == meant)
    }
}
